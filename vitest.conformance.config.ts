import { defineConfig } from 'vitest/config';

/** `npm run test:conformance`: the suites of other people. */
export default defineConfig({
  test: {
    include: ['test/conformance/libiscsi.test.ts'],
    globalSetup: ['test/interop/build.ts'],
    hookTimeout: 120_000,
  },
});
