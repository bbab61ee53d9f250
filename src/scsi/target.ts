/** A SCSI target device: logical units and the ports that lead to them (SAM). */
import { REPORTED_LUNS_DATA_HAS_CHANGED } from '../sense/codes.ts';
import type { Clock } from './clock.ts';
import { observed, type CommandObserver } from './command-observer.ts';
import { LunMap } from './lun-map.ts';
import type { ExecuteHook } from './nexus.ts';
import { RodTokens } from './rod-tokens.ts';
import { TargetPort, type TargetPortOptions } from './target-port.ts';

/** How to make a target. */
export interface TargetOptions {
  /** Where time comes from; `systemClock` outside of tests. */
  readonly clock: Clock;
  /** Is told of every command that ends; absent: nobody, and it costs nothing. */
  readonly observe?: CommandObserver;
}

/**
 * A device. Give it units by `luns.add` and at least one port by `addPort`; a transport then hands
 * commands to the nexuses of that port.
 *
 * @example
 * ```ts
 * import { createDisk, systemClock, Target } from 'scsi-target';
 * import { memoryBackend } from 'scsi-target/backend/memory';
 *
 * const target = new Target({ clock: systemClock });
 * target.luns.add(0, createDisk({ backend: memoryBackend({ blocks: 2048 }) }));
 * const nexus = target.addPort().nexus('me');
 * const response = await nexus.execute({ lun: 0, tag: 1, cdb: new Uint8Array(6) });
 * await target.close();
 * ```
 */
export class Target {
  /** Its units; every initiator sees all, unless its port shows it others. A change is told to every nexus (REPORTED LUNS DATA HAS CHANGED). */
  readonly luns: LunMap;
  /** The ROD tokens of all units. */
  readonly rodTokens: RodTokens;
  readonly #ports = new Map<number, TargetPort>();
  readonly #execute: ExecuteHook | undefined;
  #closed: Promise<void> | undefined;

  constructor(options: TargetOptions) {
    const { clock, observe } = options;
    this.#execute =
      observe && ((nexus, task, run) => observed(observe, clock, { nexus, task }, run));
    this.rodTokens = new RodTokens(options.clock);
    this.luns = new LunMap({
      added: (unit) => unit.attach(this, options.clock),
      removed: (unit) => {
        void unit.tasks.withdraw(({ nexus, task }) => nexus.luns.get(task.lun) !== unit);
      },
      changed: () => {
        // Without a port there is nobody to tell: 16 384 units are added in linear time.
        if (this.#ports.size === 0) return;
        for (const unit of this.luns.units()) unit.establish(REPORTED_LUNS_DATA_HAS_CHANGED);
      },
    });
  }

  /** The ports, by relative port identifier. */
  get ports(): readonly TargetPort[] {
    return [...this.#ports.values()].sort((a, b) => a.relativePortId - b.relativePortId);
  }

  /**
   * Adds a port.
   *
   * @throws RangeError - the relative port identifier is taken, or a name or number has no code.
   */
  addPort(options: TargetPortOptions = {}): TargetPort {
    let { relativePortId } = options;
    if (relativePortId === undefined) {
      relativePortId = 1;
      while (this.#ports.has(relativePortId)) relativePortId++;
    }
    if (!Number.isInteger(relativePortId) || relativePortId < 1 || relativePortId > 0xffff)
      throw new RangeError(`relativePortId: ${relativePortId} is not an integer from 1 to 65535`);
    if (this.#ports.has(relativePortId))
      throw new RangeError(`relativePortId: ${relativePortId} is taken`);
    const port = new TargetPort({ ...options, relativePortId }, this.luns, this.#execute);
    this.#ports.set(relativePortId, port);
    return port;
  }

  /**
   * Closes every unit and its backend, and waits for all of them. Close the transports first.
   *
   * @throws unknown - what the one unit threw that failed; of several an AggregateError.
   */
  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  /** {@inheritDoc Target.close} */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    const closing = await Promise.allSettled([...this.luns.units()].map((unit) => unit.close()));
    const errors = closing.flatMap((one) =>
      one.status === 'rejected' ? [one.reason as unknown] : [],
    );
    if (errors.length > 1) throw new AggregateError(errors, errors.map(String).join('; '));
    if (errors.length > 0) throw errors[0];
  }
}
