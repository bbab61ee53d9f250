import { defineConfig } from 'tsup';

/** One entry a subpath of the package (see `exports` in package.json). */
const library = {
  index: 'src/index.ts',
  'cdb/index': 'src/cdb/index.ts',
  'sense/index': 'src/sense/index.ts',
  'sense/text': 'src/sense/text.ts',
  'vpd/index': 'src/vpd/index.ts',
  'mode/index': 'src/mode/index.ts',
  'scsi/index': 'src/scsi/index.ts',
  'transport/index': 'src/transport/index.ts',
  'transport/iscsi/index': 'src/transport/iscsi/index.ts',
  'backend/memory': 'src/backend/memory.ts',
  'backend/file/index': 'src/backend/file/index.ts',
  'backend/overlay': 'src/backend/overlay.ts',
  'backend/read-only': 'src/backend/read-only.ts',
  'testing/index': 'src/testing/index.ts',
};

export default defineConfig({
  entry: { ...library, 'cli/main': 'src/cli/main.ts' },
  // ESM only: Node 20.19 can require() it, and a CommonJS copy would make every class twice.
  format: ['esm'],
  target: 'node20',
  platform: 'node',
  tsconfig: 'tsconfig.build.json',
  // tsup's declaration step still sets `baseUrl`, which TypeScript 6 deprecates.
  dts: { entry: library, compilerOptions: { ignoreDeprecations: '6.0' } },
  splitting: true,
  sourcemap: true,
  clean: true,
  // The command is the only user of commander: inlined, the package depends on nothing.
  noExternal: ['commander'],
  external: ['koffi'],
});
