import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CONFIG, parseConfig } from '../../../src/cli/config/config.ts';
import { toJsonSchema } from '@valibot/to-json-schema';

const PAGE = readFileSync(new URL('../../../docs/operating.md', import.meta.url), 'utf8');

describe('docs/operating.md', () => {
  it('has a configuration that can be served', () => {
    const [, json = ''] = /```json\n([^]*?)```/.exec(PAGE) ?? [];
    expect(parseConfig(JSON.parse(json))).toHaveProperty('config');
  });

  it('explains every key', () => {
    const schema = toJsonSchema(CONFIG, { typeMode: 'input', errorMode: 'ignore' }) as Schema;
    const target = schema.properties?.['targets']?.items ?? {};
    const [, table = ''] = /\| key [^\n]*\n([^]*?)\n\n/.exec(PAGE) ?? [];
    for (const key of [
      ...Object.keys(schema.properties ?? {}),
      ...Object.keys(target.properties ?? {}),
    ])
      if (key !== '$schema') expect(table).toMatch(new RegExp(`\\b${key}\\b`));
  });
});

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}
