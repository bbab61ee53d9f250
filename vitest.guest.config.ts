import { defineConfig } from 'vitest/config';

/** `npm run test:guest`: virtual machines, one after the other. */
export default defineConfig({
  test: {
    include: ['test/interop/guest/*.guest.ts'],
    globalSetup: ['test/interop/build.ts'],
    fileParallelism: false,
    testTimeout: 10_000,
    hookTimeout: 650_000,
  },
});
