/** A backend that fails, waits and answers out of order, as a test tells it. */
import type {
  Backend,
  BackendEvent,
  Extent,
  Space,
  UnmapOptions,
  View,
  WriteOptions,
} from '../backend/backend.ts';
import { PROTECTION_BYTES } from '../backend/protection-bytes.ts';
import type { MaybePromise } from '../maybe-promise.ts';

/** The calls that a script can act on. A `view` counts as the read that it stands for. */
export type ScriptedOperation =
  'read' | 'readProtection' | 'write' | 'unmap' | 'clone' | 'flush' | 'close';

/** A call that reached the scripted backend. */
export interface ScriptedCall {
  /** Which method is called. */
  readonly op: ScriptedOperation;
  /** First block; 0 for `flush` and `close`. */
  readonly lba: number;
  /** Number of blocks; 0 for `flush` and `close`. */
  readonly blocks: number;
  /** Only a write or a clone can have it. */
  readonly fua: boolean;
}

/** A call that waits for the test. */
export interface HeldCall extends ScriptedCall {
  /** Lets the inner backend do it now, and settles as that does. */
  proceed(): Promise<void>;
  /** Fails it; the inner backend never sees it. */
  fail(error: unknown): void;
}

/** What happens to the calls that match. The first rule that matches counts. */
export interface ScriptRule {
  /** Only these calls. Default: all. */
  readonly op?: ScriptedOperation | readonly ScriptedOperation[];
  /** Only calls that touch this block. Default: wherever. */
  readonly lba?: number;
  /** Only so many calls; then the rule is used up. Default: without end. */
  readonly times?: number;
  /**
   * - `hold`: the call waits in `held` until the test lets it proceed or fail;
   * - `defer`: it is done, but settles in a later microtask, as an asynchronous backend would;
   * - `pass`: it is done, as if no rule had matched;
   * - `{ fail }`: it throws, at once, what `fail` is.
   */
  readonly action: 'hold' | 'defer' | 'pass' | ScriptedFailure;
}

/** A call that fails. */
export interface ScriptedFailure {
  /** What it throws. */
  readonly fail: unknown;
}

/** A {@link Backend} under a test's control. It has the capabilities of the inner one. */
export interface ScriptedBackend extends Backend {
  /** Every call so far, in order of arrival. */
  readonly calls: readonly ScriptedCall[];
  /** The calls that wait, in order of arrival. */
  readonly held: readonly HeldCall[];
  /** Adds a rule before those that are there; the function returned removes it. */
  on(rule: ScriptRule): () => void;
  /** The next call to be held: one that waits now and was not given out, or the next to come. */
  nextHeld(): Promise<HeldCall>;
  /** Lets all held calls proceed, and those held meanwhile, until none is held. */
  proceedAll(): Promise<void>;
}

/**
 * Puts a script before a backend. Without rules it passes everything on.
 *
 * @example
 * ```ts
 * const disk = scriptedBackend(memoryBackend({ blocks: 64 }), [
 *   { op: 'read', lba: 7, action: { fail: new BackendError('medium', 'a scratch', { lba: 7 }) } },
 *   { op: 'write', action: 'hold' },
 * ]);
 * ```
 */
export function scriptedBackend(
  inner: Backend,
  script: readonly ScriptRule[] = [],
): ScriptedBackend {
  return new Scripted(inner, script);
}

interface ActiveRule {
  readonly rule: ScriptRule;
  left: number;
}

class Scripted implements ScriptedBackend {
  readonly blockLength: number;
  readonly readOnly: boolean;
  readonly id?: string;
  readonly unmappedReadsZeros: boolean;
  readonly maxAtomicBlocks?: number;
  readonly unmapGranularity?: number;
  readonly canAnchor: boolean;
  readonly flush?: () => MaybePromise<void>;
  readonly unmap?: (lba: number, blocks: number, options?: UnmapOptions) => MaybePromise<void>;
  readonly clone?: (
    lba: number,
    source: Backend,
    sourceLba: number,
    blocks: number,
    options: WriteOptions,
  ) => MaybePromise<boolean>;
  readonly extent?: (lba: number) => MaybePromise<Extent>;
  readonly space?: () => Space;
  readonly readProtection?: (lba: number, into: Uint8Array) => MaybePromise<void>;
  readonly view?: (lba: number, blocks: number) => View | undefined;
  readonly watch?: (listener: (event: BackendEvent) => void) => () => void;
  readonly calls: ScriptedCall[] = [];
  readonly held: HeldCall[] = [];
  readonly #inner: Backend;
  #rules: ActiveRule[];
  readonly #notGivenOut: HeldCall[] = [];
  readonly #waiters: ((call: HeldCall) => void)[] = [];

  constructor(inner: Backend, script: readonly ScriptRule[]) {
    this.#inner = inner;
    this.#rules = script.map(activate);
    this.blockLength = inner.blockLength;
    this.readOnly = inner.readOnly === true;
    this.unmappedReadsZeros = inner.unmappedReadsZeros === true;
    if (inner.id !== undefined) this.id = inner.id;
    this.canAnchor = inner.canAnchor === true;
    if (inner.maxAtomicBlocks !== undefined) this.maxAtomicBlocks = inner.maxAtomicBlocks;
    if (inner.extent !== undefined) this.extent = inner.extent.bind(inner);
    if (inner.space !== undefined) this.space = inner.space.bind(inner);
    if (inner.unmapGranularity !== undefined) this.unmapGranularity = inner.unmapGranularity;
    if (inner.watch !== undefined) this.watch = inner.watch.bind(inner);
    if (inner.flush !== undefined)
      this.flush = () => this.#act(callOf('flush'), () => inner.flush?.());
    if (inner.readProtection !== undefined)
      this.readProtection = (lba, into) =>
        this.#act(callOf('readProtection', lba, into.length / PROTECTION_BYTES), () =>
          inner.readProtection?.(lba, into),
        );
    if (inner.unmap !== undefined)
      this.unmap = (lba, blocks, options) =>
        this.#act(callOf('unmap', lba, blocks), () => inner.unmap?.(lba, blocks, options));
    if (inner.clone !== undefined)
      this.clone = (lba, source, sourceLba, blocks, options) => {
        const original = source instanceof Scripted ? source.#inner : source;
        return this.#act(
          callOf('clone', lba, blocks, options.fua),
          () => inner.clone?.(lba, original, sourceLba, blocks, options) ?? false,
        );
      };
    if (inner.view !== undefined) this.view = (lba, blocks) => this.#view(lba, blocks);
  }

  get blocks(): number {
    return this.#inner.blocks;
  }

  read(lba: number, into: Uint8Array): MaybePromise<void> {
    const call = callOf('read', lba, into.length / this.blockLength);
    return this.#act(call, () => this.#inner.read(lba, into));
  }

  write(lba: number, from: Uint8Array, options: WriteOptions): MaybePromise<void> {
    const call = callOf('write', lba, from.length / this.blockLength, options.fua);
    return this.#act(call, () => this.#inner.write(lba, from, options));
  }

  close(): MaybePromise<void> {
    return this.#act(callOf('close'), () => this.#inner.close?.());
  }

  on(rule: ScriptRule): () => void {
    const active = activate(rule);
    this.#rules = [active, ...this.#rules];
    return () => {
      this.#rules = this.#rules.filter((other) => other !== active);
    };
  }

  nextHeld(): Promise<HeldCall> {
    const call = this.#notGivenOut.shift();
    return call === undefined
      ? new Promise((resolve) => this.#waiters.push(resolve))
      : Promise.resolve(call);
  }

  async proceedAll(): Promise<void> {
    for (let call = this.held[0]; call !== undefined; call = this.held[0]) await call.proceed();
  }

  /** A rule that would touch the read makes the caller read instead. */
  #view(lba: number, blocks: number): View | undefined {
    const call = callOf('read', lba, blocks);
    const active = this.#match(call);
    if (active !== undefined && active.rule.action !== 'pass') return undefined;
    const view = this.#inner.view?.(lba, blocks);
    if (view === undefined) return undefined;
    if (active !== undefined) active.left--;
    this.calls.push(call);
    return view;
  }

  #match(call: ScriptedCall): ActiveRule | undefined {
    return this.#rules.find((active) => active.left > 0 && matches(active.rule, call));
  }

  #act<T>(call: ScriptedCall, perform: () => MaybePromise<T>): MaybePromise<T> {
    this.calls.push(call);
    const active = this.#match(call);
    if (active === undefined) return perform();
    active.left--;
    const { action } = active.rule;
    if (action === 'hold') return this.#hold(call, perform);
    if (action === 'defer') return Promise.resolve().then(perform);
    if (action === 'pass') return perform();
    throw action.fail;
  }

  #hold<T>(call: ScriptedCall, perform: () => MaybePromise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        remove(this.held, held);
        remove(this.#notGivenOut, held);
      };
      const held: HeldCall = {
        ...call,
        async proceed() {
          leave();
          try {
            resolve(await perform());
          } catch (error) {
            reject(error);
          }
        },
        fail(error) {
          leave();
          reject(error);
        },
      };
      this.held.push(held);
      const waiter = this.#waiters.shift();
      if (waiter === undefined) this.#notGivenOut.push(held);
      else waiter(held);
    });
  }
}

const activate = (rule: ScriptRule): ActiveRule => ({ rule, left: rule.times ?? Infinity });

const callOf = (op: ScriptedOperation, lba = 0, blocks = 0, fua = false): ScriptedCall => ({
  op,
  lba,
  blocks,
  fua,
});

function matches({ op, lba }: ScriptRule, call: ScriptedCall): boolean {
  if (op !== undefined && !(typeof op === 'string' ? op === call.op : op.includes(call.op)))
    return false;
  return lba === undefined || (lba >= call.lba && lba - call.lba < call.blocks);
}

function remove<T>(list: T[], item: T): void {
  const at = list.indexOf(item);
  if (at >= 0) list.splice(at, 1);
}
