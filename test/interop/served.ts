/** Our own server as its users run it: a process of the built command, known by the URLs it prints. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ended } from './programs.ts';

/** `SCSI_TARGET_CLI` names another command to try, for example one that was installed from npm. */
const COMMAND =
  process.env['SCSI_TARGET_CLI'] ??
  fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

const TARGET_NAME = 'iqn.2026-11.org.example:interop';

/** Long enough for a busy machine; a server that says nothing for so long is broken. */
const START_MS = 30_000;
const STOP_MS = 30_000;

/** A running server. */
export interface Served {
  /** One URL a disk and portal: the first disk's at each portal, then the second disk's. */
  readonly urls: readonly string[];
  /** `iscsi://ADDRESS:PORT`, for discovery. */
  readonly portal: string;
  /** TCP port of the portal. */
  readonly port: number;
  /** False as soon as the process has ended, by itself or by `stop`. */
  readonly running: boolean;
  /** Everything that it printed, to show when a test fails. */
  readonly output: string;
  /** Asks the process to end (SIGTERM) and gives its exit code. @throws Error - when it does not end */
  stop(): Promise<number>;
  /** Ends the process without letting it do anything more (SIGKILL). */
  kill(): Promise<void>;
}

/**
 * Serves disks (`memory:1G`, `file:PATH,size=1G`…) on a free port of loopback, or on several.
 *
 * @param portals - how many, on free ports, or which ports; each is in a portal group of its own.
 * @param options - more of the command line.
 * @throws Error - when the server ends, or prints no URL for each disk in time
 */
export async function serve(
  disks: readonly string[],
  portals: number | readonly number[] = 1,
  options: readonly string[] = [],
): Promise<Served> {
  const ports = typeof portals === 'number' ? Array.from({ length: portals }, () => 0) : portals;
  const listening = ports.flatMap((port, i) => ['--portal', `127.0.0.1:${port},group=${i + 1}`]);
  const args = ['serve', ...disks, ...listening, '--target-name', TARGET_NAME, ...options];
  const child = spawn(process.execPath, [COMMAND, ...args, '--json'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let stdout = '';
  let running = true;
  const over = ended(child).finally(() => {
    running = false;
  });
  over.catch(() => {});
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));

  const urls = await new Promise<readonly string[]>((resolve, reject) => {
    const fail = (why: string): void => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      reject(new Error(`${COMMAND} ${args.join(' ')}\n${why}\n${output}`));
    };
    const timer = setTimeout(() => fail(`no URL for ${disks.length} disks in time`), START_MS);
    over.then(
      (code) => fail(`ended with ${code}`),
      (error: unknown) => fail(String(error)),
    );
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      stdout += text;
      // Only whole lines: a URL that is cut would be a wrong URL.
      const found = urlsIn(stdout.slice(0, stdout.lastIndexOf('\n') + 1));
      if (found.length < disks.length * ports.length) return;
      clearTimeout(timer);
      resolve(found);
    });
  });

  const { host, port } = new URL(urls[0]!.replace(/^iscsi:/, 'http:'));
  return {
    urls,
    portal: `iscsi://${host}`,
    port: Number(port),
    get running() {
      return running;
    },
    get output() {
      return output;
    },
    async kill() {
      child.kill('SIGKILL');
      await over;
    },
    async stop() {
      if (!running) return over;
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      child.kill('SIGTERM');
      const code = await over.finally(() => clearTimeout(timer));
      if (child.signalCode === 'SIGKILL') throw new Error(`SIGTERM did not end it\n${output}`);
      return code;
    },
  };
}

/** The LUN URLs in what the server printed, as JSON or as lines, each once and in order. */
function urlsIn(text: string): readonly string[] {
  return [...new Set(text.match(/iscsi:\/\/[^\s"/]+\/[^\s"/]+\/\d+/g))];
}
