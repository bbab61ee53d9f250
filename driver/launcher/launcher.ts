/** WinSpd's launcher: a service of Windows that starts and stops the programs behind disks. */
import { LauncherError, refusal } from './launcher-error.ts';
import { callLauncher } from './launcher-pipe.ts';
import { decodeLauncherReply, encodeLauncherCommand, type LauncherCommand } from './message.ts';

/** A program that the launcher has started. */
export interface LauncherInstance {
  /** Its class. */
  readonly className: string;
  /** What it is called. */
  readonly instanceName: string;
}

/** What the launcher knows of a program. */
export interface LauncherInstanceInfo extends LauncherInstance {
  /** How it was started. */
  readonly commandLine: string;
}

/** The launcher. Its methods throw LauncherError where it is not there or refuses. */
export interface Launcher {
  /**
   * Starts an instance of a registered class.
   *
   * @throws RangeError - more than nine arguments, or texts that are no message.
   */
  start(instance: LauncherInstance, args: readonly string[]): Promise<void>;
  /** Stops an instance: its volumes are dismounted first. Forced: also where that is refused. */
  stop(instance: LauncherInstance, options?: { readonly forced?: boolean }): Promise<void>;
  /** What is known of an instance. */
  info(instance: LauncherInstance): Promise<LauncherInstanceInfo>;
  /** All instances, as many as fit into 4 KiB. */
  list(): Promise<readonly LauncherInstance[]>;
}

/** Sends a message to the launcher and gives its answer. */
export type LauncherCall = (message: Uint8Array) => Promise<Uint8Array>;

/**
 * Gives the launcher.
 *
 * @param call - how it is reached. Default: its named pipe, through koffi.
 *
 * @example
 * ```ts
 * const launcher = openLauncher();
 * const path = 'C:\\disks\\a.img';
 * await launcher.start({ className: 'img', instanceName: path }, [path]);
 * ```
 */
export function openLauncher(call: LauncherCall = callLauncher): Launcher {
  const ask = async (command: LauncherCommand, what: string): Promise<readonly string[]> => {
    const { error, texts } = decodeLauncherReply(await call(encodeLauncherCommand(command)));
    if (error !== 0) throw refusal(what, error);
    return texts;
  };
  return {
    async start(instance, args) {
      await ask({ kind: 'start', ...instance, args }, nameOf(instance));
    },
    async stop(instance, { forced = false } = {}) {
      await ask({ kind: forced ? 'stop forced' : 'stop', ...instance }, nameOf(instance));
    },
    async info(instance) {
      const [className, instanceName, commandLine] = await ask(
        { kind: 'info', ...instance },
        nameOf(instance),
      );
      if (className === undefined || instanceName === undefined || commandLine === undefined)
        throw new LauncherError('LAUNCHER_PROTOCOL', 'the launcher left out what it was asked for');
      return { className, instanceName, commandLine };
    },
    async list() {
      const texts = await ask({ kind: 'list' }, 'the list');
      return Array.from({ length: texts.length >> 1 }, (_, i) => ({
        className: texts[2 * i] ?? '',
        instanceName: texts[2 * i + 1] ?? '',
      }));
    },
  };
}

function nameOf({ className, instanceName }: LauncherInstance): string {
  return `${className} ${instanceName}`;
}
