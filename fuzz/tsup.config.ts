import { defineConfig } from 'tsup';

/** The fuzzer and the soak run from a bundle, as the library does where it is used. */
export default defineConfig({
  entry: {
    main: 'fuzz/main.ts',
    soak: 'fuzz/soak.ts',
    server: 'fuzz/server.ts',
    'soak-server': 'fuzz/soak-server.ts',
  },
  outDir: '.cache/fuzz',
  format: ['esm'],
  target: 'node20',
  platform: 'node',
  splitting: false,
  clean: true,
});
