import { defineConfig, type Options } from 'tsup';

/** One entry a subpath of the package (see `exports` in package.json). */
const library = {
  index: 'src/index.ts',
  'cdb/index': 'src/cdb/index.ts',
  'sense/index': 'src/sense/index.ts',
  'sense/text': 'src/sense/text.ts',
  'vpd/index': 'src/vpd/index.ts',
  'mode/index': 'src/mode/index.ts',
  'log/index': 'src/log/index.ts',
  'scsi/index': 'src/scsi/index.ts',
  'transport/index': 'src/transport/index.ts',
  'transport/iscsi/index': 'src/transport/iscsi/index.ts',
  'backend/memory': 'src/backend/memory.ts',
  'backend/file/index': 'src/backend/file/index.ts',
  'backend/overlay': 'src/backend/overlay.ts',
  'backend/read-only': 'src/backend/read-only.ts',
  'winspd/index': 'driver/index.ts',
  'testing/index': 'src/testing/index.ts',
};

const common: Options = {
  // ESM only: Node 20.19 can require() it, and a CommonJS copy would make every class twice.
  format: ['esm'],
  target: 'node20',
  platform: 'node',
  tsconfig: 'tsconfig.build.json',
  sourcemap: true,
  external: ['koffi'],
};

export default defineConfig([
  {
    ...common,
    entry: library,
    outDir: 'dist',
    splitting: true,
    // tsup's declaration step still sets `baseUrl`, which TypeScript 6 deprecates.
    dts: {
      compilerOptions: { ignoreDeprecations: '6.0' },
      // Symbol.asyncDispose, for who compiles for a target that does not know it yet.
      banner: '/// <reference lib="esnext.disposable" />',
    },
    clean: ['!cli/**'],
  },
  {
    // The command is one file with all it needs: the package depends on nothing, and
    // the command starts without looking for modules.
    ...common,
    entry: { main: 'src/cli/main.ts' },
    outDir: 'dist/cli',
    splitting: false,
    // Nobody steps through the command; its map would be the largest file of the package.
    sourcemap: false,
    noExternal: ['commander', 'prom-client', 'valibot'],
    // commander is CommonJS and requires modules of Node.
    banner: {
      js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);",
    },
    clean: true,
  },
]);
