import { defineConfig } from 'vitest/config';

/** `npm run test:windows`: Windows programs under Wine, one after the other. */
export default defineConfig({
  test: {
    include: ['test/windows/*.windows.ts'],
    globalSetup: ['test/interop/build.ts'],
    fileParallelism: false,
    testTimeout: 130_000,
    hookTimeout: 300_000,
  },
});
