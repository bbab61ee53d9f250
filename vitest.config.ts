import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const source = (path: string): string => file(`./src/${path}`);

export default defineConfig({
  resolve: {
    // The package by its own name, as its users write it: examples and README blocks run from source.
    alias: [
      { find: /^scsi-target$/, replacement: source('index.ts') },
      {
        find: /^scsi-target\/(cdb|sense|vpd|mode|log|scsi|transport|testing)$/,
        replacement: source('$1/index.ts'),
      },
      { find: /^scsi-target\/sense\/text$/, replacement: source('sense/text.ts') },
      { find: /^scsi-target\/winspd$/, replacement: file('./driver/index.ts') },
      { find: /^scsi-target\/iscsi$/, replacement: source('transport/iscsi/index.ts') },
      { find: /^scsi-target\/backend\/file$/, replacement: source('backend/file/index.ts') },
      {
        find: /^scsi-target\/backend\/(memory|overlay|read-only)$/,
        replacement: source('backend/$1.ts'),
      },
    ],
  },
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/interop/**', 'test/conformance/libiscsi.test.ts', 'test/reliability/**'],
        },
      },
      {
        extends: true,
        // After the others: programs that measure time want the machine for themselves.
        test: {
          name: 'interop',
          include: ['test/interop/*.test.ts'],
          globalSetup: ['test/interop/build.ts'],
          sequence: { groupOrder: 1 },
        },
      },
    ],
    coverage: { include: ['src/**/*.ts', 'driver/**/*.ts'], exclude: ['src/**/*.d.ts'] },
  },
});
