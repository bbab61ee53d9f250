import { readFileSync, writeFileSync } from 'node:fs';
import { toJsonSchema } from '@valibot/to-json-schema';
import { describe, expect, it } from 'vitest';
import { CONFIG, parseConfig, type ConfigProblem } from '../../../src/cli/config/config.ts';

const NAME = 'iqn.2026-11.com.example:disk';
const target = { name: NAME, luns: { 0: 'memory:1M' } };

function problemsOf(input: unknown): readonly ConfigProblem[] {
  const result = parseConfig(input);
  return 'problems' in result ? result.problems : [];
}

describe('a configuration', () => {
  it('needs no more than a target', () => {
    const result = parseConfig({ targets: [target] });
    expect(result).toEqual({
      config: {
        portals: [{ host: '127.0.0.1', port: 3260 }],
        targets: [{ name: NAME, luns: new Map([[0, { kind: 'memory', size: 2 ** 20 }]]) }],
        headerDigest: 'none',
        dataDigest: 'none',
        limits: {},
        log: { format: 'text', level: 'warn' },
      },
    });
  });

  it('has LUN maps by number', () => {
    const initiators = ['iqn.2026-11.com.example:Alice'];
    const result = parseConfig({
      targets: [{ ...target, lunMaps: [{ initiators, luns: { 0: 7, 16383: 0 } }] }],
    });
    expect(result).toMatchObject({
      config: {
        targets: [
          {
            lunMaps: [
              {
                initiators: ['iqn.2026-11.com.example:alice'],
                luns: new Map([
                  [0, 7],
                  [16_383, 0],
                ]),
              },
            ],
          },
        ],
      },
    });
  });
});

describe('a configuration with an error', () => {
  it.each([
    [{}, 'targets', 'it is missing'],
    [{ targets: [] }, 'targets', 'there has to be one'],
    [
      { targets: [{ ...target, chap: ['a=env:A', 'a=env:B'] }] },
      'targets[0].chap',
      'a CHAP name is there twice',
    ],
    [{ targets: [target], portals: [] }, 'portals', 'there has to be one'],
    [{ targets: [target], portal: [] }, 'portal', 'there is no such key'],
    [
      { targets: [{ ...target, luns: { 0: 'memory:1M,serial=A', 1: 'memory:2M,serial=A' } }] },
      '',
      'two disks have the same serial number: initiators would take them for one',
    ],
    [
      { targets: [{ ...target, redirect: '192.0.2.1:3260,group=7' }] },
      '',
      'redirect: no portal is in group 7',
    ],
  ])('%j: %s: %s', (input, path, message) => {
    expect(problemsOf(input)).toEqual([{ path, message }]);
  });

  it('has none where two disks of one serial number are different products', () => {
    const luns = { 0: 'memory:1M,serial=A', 1: 'memory:1M,serial=A,product=Other' };
    expect(problemsOf({ targets: [{ ...target, luns }] })).toEqual([]);
  });

  it.each([
    [{}, 'targets'],
    [{ targets: [] }, 'targets'],
    [{ targets: [target, { ...target, luns: { 1: 'memory:' } }] }, 'targets[1].luns.1'],
    [{ targets: [{ ...target, luns: { '-1': 'memory:1M' } }] }, 'targets[0].luns.-1'],
    [{ targets: [{ ...target, luns: { 16384: 'memory:1M' } }] }, 'targets[0].luns.16384'],
    [{ targets: [{ ...target, name: 'disk' }] }, 'targets[0].name'],
    [{ targets: [{ ...target, size: 1 }] }, 'targets[0].size'],
    [{ targets: [{ ...target, chap: ['alice=secret'] }] }, 'targets[0].chap[0]'],
    [{ targets: [{ ...target, mutualChap: 'd=env:D' }] }, 'targets[0]'],
    [{ targets: [{ ...target, redirect: 'nowhere' }] }, 'targets[0].redirect'],
    [
      { targets: [{ ...target, lunMaps: [{ initiators: ['x'], luns: {} }] }] },
      'targets[0].lunMaps[0].initiators[0]',
    ],
    [
      { targets: [{ ...target, lunMaps: [{ initiators: [], luns: { 0: -1 } }] }] },
      'targets[0].lunMaps[0].luns.0',
    ],
    [{ targets: [target, target] }, ''],
    [{ targets: [target], portals: ['127.0.0.1'] }, 'portals[0]'],
    [{ targets: [target], portals: [] }, 'portals'],
    [{ targets: [target], headerDigest: 'yes' }, 'headerDigest'],
    [{ targets: [target], limits: { loginTimeout: 0 } }, 'limits'],
    [{ targets: [target], limits: { patience: 1 } }, 'limits'],
    [{ targets: [target], metrics: '9100' }, 'metrics'],
    [{ targets: [target], log: { level: 'loud' } }, 'log.level'],
    [{ targets: [target], discovery: { mutualChap: 'd=env:D' } }, 'discovery'],
    [[], 'targets'],
    [null, ''],
  ])('%j says so at %s', (input, path) => {
    expect(problemsOf(input).map((problem) => problem.path)).toEqual([path]);
  });

  it('says in the words of the command line what is wrong with a disk', () => {
    expect(problemsOf({ targets: [{ ...target, luns: { 0: 'tape:1M' } }] })[0]?.message).toMatch(
      /^disk 'tape:1M': /,
    );
  });

  it('does not repeat a secret that stands where its place should', () => {
    const problems = problemsOf({ targets: [{ ...target, chap: ['alice=open sesame'] }] });
    expect(JSON.stringify(problems)).not.toContain('sesame');
  });

  it('says all that is wrong', () => {
    const problems = problemsOf({ targets: [{ ...target, name: 'x' }], portals: ['y'] });
    expect(problems.map(({ path }) => path)).toEqual(['portals[0]', 'targets[0].name']);
  });
});

describe('config.schema.json', () => {
  it('is that of the configuration (npm run docs:config writes it)', () => {
    const schema = toJsonSchema(CONFIG, { typeMode: 'input', errorMode: 'ignore' });
    const text = `${JSON.stringify(schema, null, 2)}\n`;
    const url = new URL('../../../config.schema.json', import.meta.url);
    if (process.env['WRITE_DOCS'] !== undefined) writeFileSync(url, text);
    expect(readFileSync(url, 'utf8')).toBe(text);
  });
});
