import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

/** The walls of docs/architecture.md: which room may import from which. */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  ground: [],
  sense: [],
  cdb: ['sense'],
  vpd: [],
  mode: [],
  log: [],
  backend: [],
  scsi: ['cdb', 'sense', 'vpd', 'mode', 'log', 'backend'],
  transport: ['cdb', 'sense', 'vpd', 'mode', 'log', 'scsi'],
  testing: ['cdb', 'sense', 'vpd', 'mode', 'log', 'backend', 'scsi', 'transport', 'house'],
  // The presets of src/*.ts: everyday names over the rooms.
  house: ['cdb', 'sense', 'vpd', 'mode', 'log', 'backend', 'scsi', 'transport'],
  cli: ['cdb', 'sense', 'vpd', 'mode', 'log', 'backend', 'scsi', 'transport', 'house', 'driver'],
  driver: ['cdb', 'sense', 'vpd', 'mode', 'log', 'backend', 'scsi', 'transport', 'house'],
};

/** Files that any room may import: bytes and values, no SCSI. */
const GROUND = ['buffer-pool.ts', 'bytes.ts', 'layout.ts', 'maybe-promise.ts', 'platform.d.ts'];

/** The only rooms that may use Node's own modules. */
const NODE_ROOMS = /^(src\/transport\/iscsi|src\/backend\/file|src\/cli|driver)\//;

const root = fileURLToPath(new URL('../..', import.meta.url));

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
}

function roomOf(file: string): string {
  const [top, room = ''] = file.split('/');
  if (top === 'driver') return 'driver';
  if (GROUND.includes(room)) return 'ground';
  return room.endsWith('.ts') ? 'house' : room;
}

const importsOf = (file: string): string[] =>
  [
    ...readFileSync(join(root, file), 'utf8').matchAll(
      /(?:^|\n)\s*(?:import|export)\b[^;'"]*?from\s*['"]([^'"]+)['"]|import\(['"]([^'"]+)['"]\)|(?:^|\n)import\s*['"]([^'"]+)['"]/g,
    ),
  ].map((match) => match[1] ?? match[2] ?? match[3] ?? '');

/** A doc comment shows how users import the package; that is no import. */
const isCode = (specifier: string): boolean => !specifier.startsWith('scsi-target');

const FILES = ['src', 'driver'].filter((folder) => existsSync(join(root, folder))).flatMap(sources);

describe('the walls of the house', () => {
  it('are looked at in every source file', () => {
    expect(FILES.length).toBeGreaterThan(50);
  });

  it.each(FILES)('%s imports only from rooms that it may know', (file) => {
    const room = roomOf(file);
    const allowed = ROOMS[room];
    expect(allowed, `the room '${room}' is not in the plan`).toBeDefined();
    const strange = importsOf(file)
      .filter((specifier) => specifier.startsWith('.'))
      .map((specifier) => relative(root, resolve(root, dirname(file), specifier)))
      .filter((target) => {
        const other = roomOf(target);
        return other !== room && other !== 'ground' && !allowed!.includes(other);
      });
    expect(strange).toEqual([]);
  });

  it.each(FILES.filter((file) => !NODE_ROOMS.test(file)))('%s knows no platform', (file) => {
    expect(importsOf(file).filter((specifier) => specifier.startsWith('node:'))).toEqual([]);
  });

  it.each(FILES)('%s depends on no package but those of the plan', (file) => {
    const packages = importsOf(file).filter(
      (specifier) => isCode(specifier) && !/^(\.|node:)/.test(specifier),
    );
    const allowed = file.startsWith('src/cli/') ? ['commander', 'prom-client', 'valibot'] : [];
    const optional = /^(src\/backend\/file|driver)\//.test(file) ? ['koffi'] : [];
    expect(packages.filter((name) => ![...allowed, ...optional].includes(name))).toEqual([]);
  });

  it.each(FILES)('%s imports nothing from the test kit', (file) => {
    if (file.startsWith('src/testing/')) return;
    expect(importsOf(file).filter((specifier) => specifier.includes('testing/'))).toEqual([]);
  });
});
