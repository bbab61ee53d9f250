/** What the pages say of other files, of scripts and of defaults is so. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { posix as path } from 'node:path'; // as links are written; Windows takes them too
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { resolveLimits } from '../../src/transport/iscsi/options.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

const PAGES = ['.', 'docs'].flatMap((folder) =>
  readdirSync(path.join(root, folder))
    .filter((file) => file.endsWith('.md'))
    .map((file) => path.normalize(path.join(folder, file))),
);

/** The text of a page without its code. */
const prose = (page: string): string => read(page).replaceAll(/```[^]*?```/g, '');

/** Where a heading is found, as GitHub has it. */
const anchorOf = (heading: string): string =>
  heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(/\s/g, '-');

const anchorsOf = (page: string): readonly string[] =>
  [...prose(page).matchAll(/^#{1,6} (.*)$/gm)].map(([, heading = '']) => anchorOf(heading));

interface Link {
  readonly file: string;
  readonly anchor: string;
}

/** The links of a page to other places of this project. */
function linksOf(page: string): readonly Link[] {
  return [...prose(page).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link = '']) => link)
    .filter((link) => !/^[a-z]+:/.test(link))
    .map((link) => {
      const [file = '', anchor = ''] = link.split('#');
      return {
        file: file === '' ? page : path.normalize(path.join(path.dirname(page), file)),
        anchor,
      };
    });
}

interface Manifest {
  readonly files: readonly string[];
  readonly scripts: Readonly<Record<string, string>>;
}
const { files, scripts } = JSON.parse(read('package.json')) as Manifest;

/** Whether the published package has a file; npm adds the first two by itself. */
const isPublished = (file: string): boolean =>
  ['README.md', 'LICENSE', ...files].some(
    (entry) =>
      entry === file ||
      file.startsWith(`${entry}/`) ||
      (entry === path.join(path.dirname(file), `*${path.extname(file)}`) &&
        path.dirname(file) !== '.'),
  );

describe.each(PAGES)('%s', (page) => {
  it('links to files and headings that are there', () => {
    const dead = linksOf(page).filter(
      ({ file, anchor }) =>
        !existsSync(path.join(root, file)) || (anchor !== '' && !anchorsOf(file).includes(anchor)),
    );
    expect(dead).toEqual([]);
  });

  it('names scripts that are there', () => {
    const named = [...read(page).matchAll(/npm run ([\w:]+)/g)].map(([, name = '']) => name);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });
});

describe('the published pages', () => {
  it.each(PAGES.filter(isPublished))('%s links to what is published too', (page) => {
    expect(linksOf(page).filter(({ file }) => !isPublished(file))).toEqual([]);
  });

  it.each(PAGES.filter(isPublished))('%s names examples that are published too', (page) => {
    const named = [...prose(page).matchAll(/`(examples\/[\w.-]+)`/g)].map(([, name = '']) => name);
    expect(
      named.filter((name) => !existsSync(path.join(root, name)) || !isPublished(name)),
    ).toEqual([]);
  });
});

/** What a union of texts has, e.g. the codes of an error. */
const membersOf = (file: string, type: string): readonly string[] => {
  const source = read(file).replaceAll(/\/\*\*[^]*?\*\//g, '');
  const union = source.slice(source.indexOf(`type ${type} =`)).split(';')[0] ?? '';
  return [...union.matchAll(/^ *\| '([^']+)'|^ {2}'([^']+)'/gm)].map(([, a, b]) => a ?? b ?? '');
};

describe('every code of an error is explained', () => {
  it.each([
    ['docs/iscsi.md', 'src/transport/iscsi/initiator-error.ts', 'IscsiErrorCode'],
    ['docs/windows.md', 'driver/errors.ts', 'WinSpdErrorCode'],
    ['docs/writing-a-backend.md', 'src/backend/file/errors.ts', 'FileBackendErrorCode'],
    ['docs/writing-a-backend.md', 'src/backend/backend.ts', 'BackendFailure'],
  ])('in %s', (page, file, type) => {
    const codes = membersOf(file, type);
    expect(codes.length).toBeGreaterThan(3);
    const explained = (code: string): boolean =>
      new RegExp(`^(#+ |\\| *\`)${code}\\b`, 'm').test(read(page));
    expect(codes.filter((code) => !explained(code))).toEqual([]);
  });
});

it('docs/writing-a-backend.md has everything that a backend may have', () => {
  const source = read('src/backend/backend.ts');
  const members = source.slice(source.indexOf('export interface Backend {')).split('\n}')[0] ?? '';
  const optional = [...members.matchAll(/^ {2}(?:readonly )?(\w+)\?[:(]/gm)].map(
    ([, name = '']) => name,
  );
  expect(optional.length).toBeGreaterThan(10);
  const page = read('docs/writing-a-backend.md');
  expect(optional.filter((name) => !new RegExp(`^\\| \`${name}\\b`, 'm').test(page))).toEqual([]);
});

const UNITS: Readonly<Record<string, number>> = { s: 1000, KiB: 2 ** 10, MiB: 2 ** 20 };

/** `2 s` in milliseconds, `64 KiB` in bytes, `128`. */
function valueOf(text: string): number {
  const [number, unit = ''] = text.trim().split(' ');
  return Number(number) * (UNITS[unit] ?? 1);
}

/** The limits of docs/iscsi.md with their defaults; a row may have several. */
function documentedLimits(): ReadonlyMap<string, number> {
  const page = read('docs/iscsi.md');
  const rows = page
    .slice(page.indexOf('\n## Limits'))
    .matchAll(/^\| *((?:`\w+`(?:, )?)+) *\| *([^|]+?) *\|/gm);
  return new Map(
    [...rows].flatMap(([, names = '', defaults = '']) => {
      const values = defaults.split(',').map(valueOf);
      return [...names.matchAll(/`(\w+)`/g)].map(([, name = ''], i): readonly [string, number] => [
        name,
        values[i] ?? Number.NaN,
      ]);
    }),
  );
}

describe('the defaults of docs/iscsi.md', () => {
  // The one limit that is in seconds, as in the protocol.
  const { defaultTime2Retain, ...rest } = resolveLimits({});
  const actual: Readonly<Record<string, unknown>> = {
    ...rest,
    defaultTime2Retain: defaultTime2Retain * 1000,
  };

  it.each([...documentedLimits()])('%s is %d', (name, value) => {
    expect(value).toBe(actual[name]);
  });
});
