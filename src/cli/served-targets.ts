/** The targets of a serving process: made as a configuration says, and changed when it says something else. */
import type { SettableAccessState } from '../scsi/asymmetric-access.ts';
import type { CommandObserver } from '../scsi/command-observer.ts';
import { Target } from '../scsi/target.ts';
import { systemClock } from '../system-clock.ts';
import type { IscsiServer, IscsiTargetSettings } from '../transport/iscsi/index.ts';
import { readAccess } from './chap-option.ts';
import type { TargetConfig } from './config/config.ts';
import type { DiskSpec } from './disk-option.ts';
import { CommandError } from './errors.ts';
import type { Log } from './log.ts';
import { diskName, messageOf, openDisk, type OpenDisk } from './open-disk.ts';
import type { ServedDisk } from './serve-report.ts';

/** Where targets are served. */
export interface TargetSurroundings {
  readonly log: Log;
  /** Is told of every command; absent: nobody. */
  readonly observe?: CommandObserver | undefined;
  /** How disks are reached to begin with, by portal group. */
  readonly accessStates: Readonly<Record<number, SettableAccessState>>;
}

interface ServedTarget {
  readonly target: Target;
  readonly disks: Map<number, OpenDisk>;
}

/** The targets of a server, by name. */
export class ServedTargets {
  readonly #server: IscsiServer;
  readonly #surroundings: TargetSurroundings;
  readonly #served = new Map<string, ServedTarget>();

  constructor(server: IscsiServer, surroundings: TargetSurroundings) {
    this.#server = server;
    this.#surroundings = surroundings;
  }

  /** The targets by name. */
  *targets(): Generator<readonly [name: string, target: Target]> {
    for (const [name, { target }] of this.#served) yield [name, target];
  }

  /** The disks of a target, LUN by LUN. */
  disks(name: string): readonly ServedDisk[] {
    const { disks = [] } = this.#served.get(name) ?? {};
    return [...disks].sort(([a], [b]) => a - b).map(([lun, disk]) => servedDisk(lun, disk));
  }

  /**
   * Makes the targets what the configuration says. What it says as before goes on; a disk of which it
   * says anything else is another disk.
   *
   * @param failed - is told what could not be done; it may throw, and the rest is left alone then.
   */
  async apply(configs: readonly TargetConfig[], failed: (error: unknown) => void): Promise<void> {
    const attempt = async (work: () => Promise<void>): Promise<void> => {
      try {
        await work();
      } catch (error) {
        failed(error);
      }
    };
    const names = new Set(configs.map(({ name }) => name));
    const gone = Array.from(this.#served.keys()).filter((name) => !names.has(name));
    for (const name of gone) await attempt(() => this.#remove(name));
    for (const config of configs) {
      const served = this.#served.get(config.name);
      await attempt(() =>
        served === undefined ? this.#add(config) : this.#change(config, served),
      );
    }
  }

  /** Closes all targets and their disks. The server has to be closed. */
  async close(): Promise<void> {
    const closing = [...this.#served.values()].map(({ target }) => target.close());
    const errors = (await Promise.allSettled(closing)).flatMap((one) =>
      one.status === 'rejected' ? [one.reason as unknown] : [],
    );
    if (errors.length === 0) return;
    const problems = errors.map(messageOf).join('; ');
    throw new CommandError(`closing the disks: ${problems}`, { cause: errors[0] });
  }

  async #add(config: TargetConfig): Promise<void> {
    const { name } = config;
    const { observe } = this.#surroundings;
    const settings = this.#settings(config);
    const target = new Target({ clock: systemClock, ...(observe && { observe }) });
    const served: ServedTarget = { target, disks: new Map() };
    try {
      for (const [lun, spec] of config.luns) await this.#addDisk(name, served, lun, spec);
      asked(() => this.#server.addTarget({ name, target, ...settings }));
    } catch (error) {
      await target.close().catch(() => undefined); // The first failure is the one to tell.
      throw error;
    }
    this.#served.set(name, served);
  }

  async #remove(name: string): Promise<void> {
    const served = this.#served.get(name);
    this.#served.delete(name);
    await this.#server.removeTarget(name);
    await served?.target.close();
  }

  async #change(config: TargetConfig, served: ServedTarget): Promise<void> {
    const { name, luns } = config;
    const settings = this.#settings(config);
    const others = Array.from(served.disks).filter(
      ([lun, { spec }]) => !isSame(spec, luns.get(lun)),
    );
    for (const [lun] of others) await this.#removeDisk(served, lun);
    for (const [lun, spec] of luns)
      if (!served.disks.has(lun)) await this.#addDisk(name, served, lun, spec);
    asked(() => this.#server.changeTarget(name, settings));
  }

  async #addDisk(name: string, served: ServedTarget, lun: number, spec: DiskSpec): Promise<void> {
    const { log, accessStates } = this.#surroundings;
    const disk = await openDisk(spec, {
      identity: `${name},lun,${lun}`,
      accessStates,
      onError: (error) =>
        log({ level: 'warn', message: `LUN ${lun}: ${messageOf(error)}`, detail: name }),
    });
    served.target.luns.add(lun, disk.unit);
    served.disks.set(lun, disk);
  }

  async #removeDisk({ target, disks }: ServedTarget, lun: number): Promise<void> {
    const disk = disks.get(lun);
    disks.delete(lun);
    target.luns.remove(lun);
    await disk?.unit.close();
  }

  #settings(config: TargetConfig): IscsiTargetSettings {
    const { alias, initiators, lunMaps, redirect } = config;
    const chap = readAccess(config, (message) =>
      this.#surroundings.log({ level: 'warn', message }),
    );
    return {
      ...(chap && { chap }),
      ...(alias !== undefined && { alias }),
      ...(initiators && { initiators }),
      ...(lunMaps && { lunMaps }),
      ...(redirect && { redirect }),
    };
  }
}

/** What the server refuses of its options (a secret for both directions, a user twice) is the user's. */
export function asked<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof TypeError) throw new CommandError(error.message, { cause: error });
    throw error;
  }
}

/** Whether two configurations are of the same disk; both came from the same parser. */
const isSame = (a: DiskSpec, b: DiskSpec | undefined): boolean =>
  JSON.stringify(a) === JSON.stringify(b);

function servedDisk(lun: number, { spec, backend, unit }: OpenDisk): ServedDisk {
  const { readOnly, removable, thin } = unit.settings;
  const { blocks, blockLength } = backend;
  const { serial } = unit.identity;
  return { lun, name: diskName(spec), serial, blocks, blockLength, readOnly, removable, thin };
}
