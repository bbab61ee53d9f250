import { defineConfig } from 'vitest/config';

/** `npm run test:kill`: a server that is killed under load. */
export default defineConfig({
  test: { include: ['test/reliability/*.test.ts'], globalSetup: ['test/interop/build.ts'] },
});
