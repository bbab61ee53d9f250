/** Every `serve` and `decode` that the pages and the help show is a command line that can be. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { run } from '../../src/cli/program.ts';
import { testTerminal } from '../cli/terminal.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The command lines in a text, each as its arguments: no shell is needed for any. */
const commandLines = (text: string): readonly string[][] =>
  text
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .map((line) => line.trim().replace(/^npm start --/, 'scsi-target serve'))
    .map((line) => /^(?:npx )?scsi-target ((?:serve|decode)\b[^#]*)/.exec(line)?.[1])
    .filter((args) => args !== undefined)
    .map((args) => args.trim().split(/\s+/))
    .filter((args) => !args.includes('--config')); // That file is not there.

/** The shell blocks of a page, and the commands in its text. */
const blocks = (page: string): string =>
  [...page.matchAll(/```(?:sh|text)\n([^]*?)```|`(npx scsi-target [^`]*)`/g)]
    .map(([, block, inline = '']) => block ?? inline)
    .join('\n');

const PAGES = ['README.md', ...readdirSync(join(root, 'docs')).map((file) => `docs/${file}`)]
  .filter((file) => file.endsWith('.md'))
  .flatMap((file) => commandLines(blocks(readFileSync(join(root, file), 'utf8'))));

const helpOf = async (command: string): Promise<string> => {
  const terminal = testTerminal();
  await run([command, '--help'], terminal);
  return terminal.out();
};
const HELP = [...commandLines(await helpOf('serve')), ...commandLines(await helpOf('decode'))];

describe('the command lines of the pages and the help', () => {
  it('are found', () => {
    expect(PAGES.length).toBeGreaterThan(5);
    expect(HELP.length).toBeGreaterThan(5);
  });

  it.each([...PAGES, ...HELP].map((args) => [args.join(' '), args] as const))(
    '%s',
    async (_, args) => {
      // Files and networks are left alone: what is printed says that the command line was understood.
      const only = args[0] === 'serve' ? ['--print-config'] : [];
      const terminal = testTerminal();
      expect(await run([...args, ...only], terminal), terminal.err()).toBe(0);
    },
  );
});
