import { defineConfig } from 'tsup';

/** The benchmarks run from a bundle, as the library does where it is used. */
export default defineConfig({
  entry: { main: 'bench/main.ts', responder: 'bench/responder.ts' },
  outDir: '.cache/bench',
  format: ['esm'],
  target: 'node20',
  platform: 'node',
  splitting: false,
  clean: true,
});
