/** Every example and every code block of the pages is compiled; what can run is run. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import ts from 'typescript';
import { afterEach, describe, expect, it, vi } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const blocksFolder = join(root, '.cache/blocks');

interface Block {
  /** Where it stands, e.g. `README.md:42`. */
  readonly at: string;
  readonly file: string;
  readonly runs: boolean;
}

function filesIn(folder: string, ending: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((file) => !file.startsWith('docs/api'));
}

/**
 * What a block of a page has that cannot be run here: a target that is not there (192.0.2.0/24 is for
 * documentation), the miniport of Windows, another test runner, a part that another block has.
 */
const ELSEWHERE = /192\.0\.2\.|serveDevice|node:test|^declare /m;

/** The ```ts blocks of a page, or of the doc comments of a source file, as files of their own. */
function blocksOf(file: string): Block[] {
  const text = readFileSync(join(root, file), 'utf8');
  const blocks: Block[] = [];
  for (const match of text.matchAll(/^( \* | *)```ts\n([\s\S]*?)^ *\*? ?```/gm)) {
    const margin = match[1]!;
    const code = match[2]!
      .split('\n')
      .map((line) =>
        line.startsWith(margin) ? line.slice(margin.length) : line.replace(/^ \*$/, ''),
      )
      .join('\n');
    // A fragment in a doc comment imports nothing and stands for itself.
    if (file.endsWith('.ts') && !code.includes('import ')) continue;
    const line = text.slice(0, match.index).split('\n').length;
    const name = `${file}-${line}.ts`.replaceAll('/', '-');
    writeFileSync(join(blocksFolder, name), code);
    blocks.push({
      at: `${file}:${line}`,
      file: join(blocksFolder, name),
      runs: file.endsWith('.md') && !ELSEWHERE.test(code),
    });
  }
  return blocks;
}

rmSync(blocksFolder, { recursive: true, force: true });
mkdirSync(blocksFolder, { recursive: true });
const PAGES = [
  ...readdirSync(root).filter((file) => file.endsWith('.md')),
  ...filesIn('docs', '.md'),
];
const BLOCKS = [...PAGES, ...filesIn('src', '.ts'), ...filesIn('driver', '.ts')].flatMap(blocksOf);
const EXAMPLES = filesIn('examples', '.ts');

function compile(files: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (path) =>
    ts.sys.readFile(path),
  );
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const program = ts.createProgram([...files], { ...options, noUnusedLocals: false });
  const problems = new Map<string, string[]>();
  for (const { file, messageText, start = 0 } of ts.getPreEmitDiagnostics(program)) {
    const name = file?.fileName ?? '';
    const line = file ? file.getLineAndCharacterOfPosition(start).line + 1 : 0;
    const text = `${line}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
    problems.set(name, [...(problems.get(name) ?? []), text]);
  }
  return problems;
}

const problems = compile([
  ...BLOCKS.map((block) => block.file),
  ...EXAMPLES.map((file) => join(root, file)),
]);

/** Runs a module and gives the lines that it printed. */
async function run(file: string): Promise<string[]> {
  const printed: string[] = [];
  vi.spyOn(console, 'log').mockImplementation((...words: unknown[]) => {
    printed.push(words.map((word) => (typeof word === 'string' ? word : String(word))).join(' '));
  });
  await import(pathToFileURL(file).href);
  return printed;
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('the code blocks of the pages and doc comments', () => {
  it.each(BLOCKS)('$at compiles', ({ file }) => {
    expect(problems.get(file) ?? []).toEqual([]);
  });

  it.each(BLOCKS.filter((block) => block.runs))('$at runs', async ({ file }) => {
    await run(file);
  });
});

describe('the examples', () => {
  it.each(EXAMPLES)('%s compiles', (file) => {
    expect(problems.get(join(root, file)) ?? []).toEqual([]);
  });

  it.each(EXAMPLES)('%s prints what it promises', async (file) => {
    const text = readFileSync(join(root, file), 'utf8');
    const promised = [...text.matchAll(/^ \* prints: (.*)$/gm)].map((match) => match[1]);
    expect(promised.length).toBeGreaterThan(0);
    expect(await run(join(root, file))).toEqual(promised);
  });
});
