import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { supportedCommands } from './supported-commands.ts';

const PAGE = new URL('../../docs/supported-commands.md', import.meta.url);

it('docs/supported-commands.md says what the command table says (npm run docs:commands writes it)', () => {
  const page = supportedCommands();
  if (process.env['WRITE_DOCS'] !== undefined) writeFileSync(PAGE, page);
  const current = readFileSync(PAGE, 'utf8') === page;
  expect(current, 'The command table has changed: run `npm run docs:commands`.').toBe(true);
});
