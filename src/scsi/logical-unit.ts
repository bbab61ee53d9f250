/** A logical unit: checks a command in SAM's order, then lets its behaviour run. */
import { truncateChunks } from '../bytes.ts';
import { decodeForm, isUndecodable, type Undecodable } from '../cdb/codec.ts';
import { allocationOf, VARIABLE_LENGTH, type CdbSpec } from '../cdb/spec.ts';
import { all, andThen, isPromise, type MaybePromise } from '../maybe-promise.ts';
import {
  BUS_DEVICE_RESET_FUNCTION_OCCURRED,
  CAPACITY_DATA_HAS_CHANGED,
  I_T_NEXUS_LOSS_OCCURRED,
  INVALID_MESSAGE_ERROR,
  LOGICAL_UNIT_SOFTWARE_WRITE_PROTECTED,
  MEDIUM_REMOVAL_PREVENTION_PREEMPTED,
  NOT_READY_TO_READY_CHANGE,
  POWER_ON_RESET_OR_BUS_DEVICE_RESET_OCCURRED,
  WRITE_PROTECTED,
} from '../sense/codes.ts';
import type { SenseCondition, SenseData } from '../sense/sense-data.ts';
import { naaBytes } from '../vpd/designator-codes.ts';
import { ApplicationLog } from './application-log.ts';
import { AsymmetricAccess } from './asymmetric-access.ts';
import { BackgroundOperation } from './background-operation.ts';
import { BitmapGeneration } from './bitmap-generation.ts';
import type { Clock } from './clock.ts';
import { CommandPriorities } from './command-priorities.ts';
import { commandFinder, commandForms, type CommandFinder, type CommandForm } from './command.ts';
import { Defects } from './defects.ts';
import { ErrorHistory } from './error-history.ts';
import { DeviceClock } from './device-clock.ts';
import { Environment } from './environment.ts';
import type { Execution } from './execution.ts';
import { CopyOperations } from './copy-operations.ts';
import { MarkedBad, resultOfUndecodable } from './failure.ts';
import { IdentifyingInformation } from './identifying-information.ts';
import { makeNaa, makeSerial, type Identity } from './identity.ts';
import { InformationalExceptions } from './informational-exceptions.ts';
import { MediumRemoval } from './medium-removal.ts';
import { Medium } from './medium.ts';
import { modeParameters, type ModeParameters } from './mode-parameters.ts';
import { ModeValues } from './mode-values.ts';
import { Microcode } from './microcode.ts';
import type { Nexus } from './nexus.ts';
import { Protection } from './protection.ts';
import { PowerConditions } from './power-conditions.ts';
import { ProvisioningThresholds } from './provisioning-thresholds.ts';
import { Readiness } from './readiness.ts';
import { Reservations } from './reservations.ts';
import { check, ended, type Result } from './result.ts';
import { SelfTests } from './self-tests.ts';
import type { RodTokens } from './rod-tokens.ts';
import { STATUS } from './status.ts';
import type { TargetPort } from './target-port.ts';
import { TaskManager } from './task-manager.ts';
import { UnitAttentions } from './unit-attention.ts';
import { UnitBuffers } from './unit-buffers.ts';
import { UnitMemory } from './unit-memory.ts';
import { UnitStatistics } from './unit-statistics.ts';
import type { LogicalUnitOptions } from './unit-options.ts';
import { text, unitSettings, type UnitSettings } from './unit-settings.ts';

/** What a unit has to know of the device that it is part of. */
export interface Device {
  /** Its target ports. */
  readonly ports: readonly TargetPort[];
  /** The ROD tokens of all its units. */
  readonly rodTokens: RodTokens;
}

/**
 * A direct-access block device as initiators see it: a medium, a task set, an identity, and what
 * each nexus has still to be told.
 */
export class LogicalUnit {
  /** What the unit was made to be. */
  readonly settings: UnitSettings;
  /** Its blocks. */
  readonly medium: Medium;
  /** What is wrong with them. */
  readonly defects: Defects;
  /** The priorities of tasks that have none of their own. */
  readonly priorities: CommandPriorities = new CommandPriorities(this);
  /** Its tasks. */
  readonly tasks: TaskManager = new TaskManager(this);
  /** Whether the medium can be reached. */
  readonly readiness: Readiness = new Readiness();
  /** What it has done since it was made. */
  readonly statistics: UnitStatistics = new UnitStatistics();
  /** What REPORT TIMESTAMP shows. */
  readonly deviceClock: DeviceClock;
  /** What applications called it. */
  readonly information: IdentifyingInformation = new IdentifyingInformation();
  /** What applications left in its log. */
  readonly applicationLog: ApplicationLog = new ApplicationLog();
  /** Its data buffer and echo buffer. */
  readonly buffers: UnitBuffers = new UnitBuffers();
  /** What went wrong, for who wants to know. */
  readonly errorHistory: ErrorHistory = new ErrorHistory(this);
  /** Where downloaded microcode goes. */
  readonly microcode: Microcode;
  /** Self-tests in progress and done. */
  readonly selfTests: SelfTests;
  /** Who prevents the removal of its medium. */
  readonly removal: MediumRemoval = new MediumRemoval();
  /** Who may use it. */
  readonly reservations: Reservations = new Reservations();
  /** How well it is reached through each group of ports. */
  readonly access: AsymmetricAccess;
  /** The third-party copies that it makes. */
  readonly copies: CopyOperations = new CopyOperations();
  /** FORMAT UNIT or SANITIZE in progress, or failed. */
  readonly operation: BackgroundOperation;
  /** How awake it is. */
  readonly power: PowerConditions = new PowerConditions(this);
  /** What is about to fail, and who is told. */
  readonly exceptions: InformationalExceptions = new InformationalExceptions(this);
  /** How warm it is. */
  readonly environment: Environment = new Environment(this);
  /** Who is told when its space runs low. */
  readonly thresholds: ProvisioningThresholds = new ProvisioningThresholds(this);
  /** What it does not forget when it is switched off. */
  readonly memory: UnitMemory;
  /** Default, saved and current values of the mode pages. */
  readonly modeValues: ModeValues;
  /** What guards its blocks on their way. */
  readonly protection: Protection;
  /** What ORWRITE commands agree on. */
  readonly bitmapGeneration: BitmapGeneration = new BitmapGeneration();
  /** Finds the form of a command among all of the command set: of them this unit has {@link LogicalUnit.forms}. */
  readonly find: CommandFinder;
  readonly #forms: readonly CommandForm[];
  readonly #options: LogicalUnitOptions;
  readonly #attentions = new Map<Nexus, UnitAttentions>();
  readonly #unwatch: () => void;
  #identity: Identity;
  #clock: Clock | undefined;
  #poweredOn = 0;
  #device: Device | undefined;
  #closed: Promise<void> | undefined;

  /**
   * @param commands - a `CommandSet`.
   * @throws RangeError - an option is out of range, or two commands share an operation code.
   * @throws Error - the backend is under another unit.
   */
  constructor(commands: object, options: LogicalUnitOptions) {
    this.#options = options;
    this.settings = unitSettings(options);
    this.memory = new UnitMemory(options.store);
    this.access = new AsymmetricAccess(this, options.accessTransition);
    this.modeValues = new ModeValues(modeParameters(this.settings));
    this.deviceClock = new DeviceClock(options.timeOfDay);
    this.protection = new Protection(this);
    this.#forms = commandForms(commands);
    this.find = commandFinder(this.#forms);
    this.#identity = this.#identify(options.serial ?? makeSerial(options.backend.id));
    // Last of what may fail: from here on the backend is in use.
    this.defects = new Defects(this.memory);
    this.medium = new Medium(options.backend, this.defects, this.protection);
    this.operation = new BackgroundOperation(this);
    this.microcode = new Microcode(this, options.microcode);
    this.selfTests = new SelfTests(this, options.selfTest);
    this.#unwatch = this.medium.watch(() => this.establish(CAPACITY_DATA_HAS_CHANGED));
    this.#load();
  }

  /** Every command the unit has now, in every CDB form, by operation code. */
  get forms(): readonly CommandForm[] {
    return this.#forms.filter(({ command, spec }) => command.supported?.(this, spec) !== false);
  }

  /** Who the unit is; final when the first command runs. */
  get identity(): Identity {
    return this.#identity;
  }

  /** Current values of the mode pages. */
  get mode(): ModeParameters {
    return this.modeValues.current;
  }

  /** Why the medium must not be written; `undefined` where it may. */
  get writeProtection(): SenseCondition | undefined {
    if (this.settings.readOnly) return WRITE_PROTECTED;
    return this.mode.control.softwareWriteProtect
      ? LOGICAL_UNIT_SOFTWARE_WRITE_PROTECTED
      : undefined;
  }

  /** D_SENSE: whether sense data is in descriptor format. */
  get descriptorSense(): boolean {
    return this.mode.control.descriptorSense;
  }

  /** Whether there is a volatile cache that a write may end in (WCE). */
  get writeCacheEnabled(): boolean {
    return this.mode.caching.writebackCacheEnable;
  }

  /**
   * Makes the unit part of a device. Called when it gets a LUN.
   *
   * @throws Error - it is part of another device.
   */
  attach(device: Device, clock: Clock): void {
    if (this.#device !== undefined && this.#device !== device)
      throw new Error('This logical unit belongs to another target.');
    this.#device = device;
    if (this.#clock === undefined) this.#poweredOn = clock.now();
    this.#clock = clock;
    this.tasks.attach(clock);
    this.deviceClock.attach(clock);
    this.selfTests.attach(clock);
    this.access.attach(clock);
    this.operation.attach(clock);
    this.power.attach(clock);
    this.exceptions.attach(clock);
  }

  /** Whole minutes since the unit became part of a device. */
  get powerOnMinutes(): number {
    return Math.floor(((this.#clock?.now() ?? 0) - this.#poweredOn) / 60_000);
  }

  /** The ports of the device that the unit is part of. */
  get ports(): readonly TargetPort[] {
    return this.#device?.ports ?? [];
  }

  /** The ROD tokens of the device that the unit is part of. */
  get rodTokens(): RodTokens | undefined {
    return this.#device?.rodTokens;
  }

  /** The nexuses that the unit has heard of. */
  nexuses(): Iterable<Nexus> {
    return this.#attentions.keys();
  }

  /** Checks a command in SAM's order and runs its behaviour. Called once, when the task may run. */
  perform(execution: Execution): MaybePromise<Result> {
    const { task, nexus, attribute } = execution;
    const { cdb } = task;
    if (attribute === 'aca' && !this.tasks.isFaulted(nexus)) return check(INVALID_MESSAGE_ERROR);
    const form = this.find(cdb);
    if (isUndecodable(form)) return resultOfUndecodable(form);
    const { command, spec } = form;
    if (command.supported?.(this, spec) === false) return resultOfUndecodable(unsupported(spec));
    execution.spec = spec;
    execution.writes = command.writes === true || command.flushes === true;
    const request = decodeForm(form, cdb, this.settings.strict);
    if (isUndecodable(request)) return resultOfUndecodable(request);
    if (command.passesUnitAttention !== true) {
      this.thresholds.arrived(nexus);
      const attentions = this.attentions(nexus);
      // UA_INTLCK_CTRL: only REQUEST SENSE clears what it reports.
      const attention =
        this.mode.control.unitAttentionInterlock === 0 ? attentions.take() : attentions.first;
      if (attention !== undefined) return check(attention);
    }
    const passes = command.passesAccessState;
    const inaccessible = this.access.obstacle(
      typeof passes === 'function' ? passes(request) : passes,
      nexus.port.portGroup,
    );
    if (inaccessible !== undefined) return check(inaccessible);
    const { reservation } = command;
    const policy = typeof reservation === 'string' ? reservation : reservation(request);
    if (this.reservations.conflict(policy, nexus)) return ended(STATUS.RESERVATION_CONFLICT);
    const busy = this.operation.obstacle(command) ?? this.selfTests.obstacle(command);
    if (busy !== undefined) return check(busy);
    if (command.needsMedium === true) {
      const { obstacle } = this.readiness;
      if (obstacle !== undefined) return check(obstacle);
    }
    if (command.writes === true) {
      const { writeProtection } = this;
      if (writeProtection !== undefined) return check(writeProtection);
    }
    if (command.needsMedium === true && command.keepsPowerCondition !== true) this.power.accessed();
    if (command.endsSelfTest === true) this.selfTests.abort();
    const tells = this.exceptions.due && command.passesUnitAttention !== true;
    let result = command.run(request, execution);
    if (tells) result = andThen(result, (value) => this.exceptions.reportedBy(value));
    if (spec.transfer !== 'allocation in') return result;
    const allocationLength = allocationOf(request);
    return isPromise(result)
      ? result.then((value) => truncate(value, allocationLength))
      : truncate(result, allocationLength);
  }

  /** What a nexus has still to be told by this unit. */
  attentions(nexus: Nexus): UnitAttentions {
    let attentions = this.#attentions.get(nexus);
    if (attentions === undefined) {
      attentions = new UnitAttentions();
      attentions.establish(POWER_ON_RESET_OR_BUS_DEVICE_RESET_OCCURRED);
      attentions.onEstablished = (sense) => nexus.attention(this, sense);
      this.#attentions.set(nexus, attentions);
    }
    return attentions;
  }

  /** Establishes a unit attention condition for every nexus that is known, or those that `which` picks. */
  establish(sense: SenseData, which?: (nexus: Nexus) => boolean): void {
    for (const [nexus, attentions] of this.#attentions)
      if (which === undefined || which(nexus)) attentions.establish(sense);
  }

  /** Forgets a nexus: should it come back, it is told of a power on. */
  forget(nexus: Nexus): void {
    this.copies.forget(nexus);
    this.#attentions.delete(nexus);
    this.buffers.nexusLost(nexus);
    this.errorHistory.nexusLost(nexus);
  }

  /**
   * LOGICAL UNIT RESET: aborts all tasks, ends a RESERVE, and tells every nexus.
   *
   * @param by - who wants it; absent: the device itself.
   */
  reset(by?: Nexus): MaybePromise<void> {
    // TAS counts as it is before the mode pages are reset.
    const aborted = this.tasks.abortAll(by);
    this.reservations.reset();
    this.removal.allowAll();
    this.modeValues.reset();
    this.power.reset();
    this.exceptions.restart();
    this.priorities.reset();
    this.selfTests.abort();
    this.thresholds.reset();
    this.buffers.reset();
    this.errorHistory.reset();
    this.microcode.reset();
    this.establish(BUS_DEVICE_RESET_FUNCTION_OCCURRED);
    this.tasks.clearEveryAca();
    return all([this.tasks.waitFor(this.copies.abort()), aborted]);
  }

  /** I_T nexus loss: aborts its tasks and ends its RESERVE; should the nexus come back, it is told. */
  nexusLost(nexus: Nexus): MaybePromise<void> {
    this.reservations.nexusLost(nexus);
    this.removal.allow(nexus);
    this.buffers.nexusLost(nexus);
    this.errorHistory.nexusLost(nexus);
    this.#attentions.get(nexus)?.establish(I_T_NEXUS_LOSS_OCCURRED);
    const aborted = this.tasks.abort(nexus);
    return all([this.tasks.waitFor(this.copies.abort(nexus)), aborted, this.tasks.clearAca(nexus)]);
  }

  /**
   * Takes the medium out of the drive, whoever prevents that: those are told, and prevent it no
   * more. Medium access is NOT READY, MEDIUM NOT PRESENT from now on.
   */
  eject(): void {
    this.readiness.loaded = false;
    const preventing = this.removal.allowAll();
    this.establish(MEDIUM_REMOVAL_PREVENTION_PREEMPTED, (nexus) => preventing.has(nexus));
  }

  /** Puts the medium back and starts the unit; every nexus is told, but for one that knows. */
  load(knowing?: Nexus): void {
    const wasLoaded = this.readiness.loaded;
    this.readiness.loaded = true;
    if (!this.readiness.started) this.start();
    if (wasLoaded) return;
    this.statistics.total.loadUnloadCycles++;
    this.establish(NOT_READY_TO_READY_CHANGE, (nexus) => nexus !== knowing);
  }

  /** Starts the unit after a stop. */
  start(): void {
    this.readiness.started = true;
    this.statistics.total.startStopCycles++;
    this.power.started();
  }

  /** Lets the event loop have a turn: for work that would otherwise take long in one go. */
  nextTurn(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#clock === undefined) resolve();
      else this.#clock.after(0, resolve);
    });
  }

  /** Passes on what a backend or a command threw; that a block is marked as bad is what an initiator wanted. */
  report(error: unknown): void {
    if (error instanceof MarkedBad) return;
    try {
      this.#options.onError?.(error);
    } catch {
      // A listener's bug must not cost the initiator its answer.
    }
  }

  /**
   * Aborts what runs, flushes and closes the backend, then the store. Later commands find no medium. `onError` is
   * told of a backend that has not answered after `abortTimeout`.
   *
   * @throws unknown - what the backend or the store threw; all of them were tried.
   */
  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  /** {@inheritDoc LogicalUnit.close} */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#unwatch();
    this.access.close();
    this.power.close();
    this.exceptions.close();
    this.readiness.closed = true;
    this.selfTests.close();
    await all([this.tasks.waitFor(this.copies.abort()), this.tasks.abortAll()]);
    const stopped = this.operation.close();
    if (stopped !== undefined) await stopped;
    const { abortTimeout } = this.settings;
    // It is not given up on: it alone knows what it still has to store.
    const ended = this.#clock?.after(abortTimeout, () =>
      this.report(
        new Error(`still waiting for the flush and close of the disk, ${abortTimeout} ms`),
      ),
    );
    try {
      await this.medium.close();
    } finally {
      ended?.();
      await this.memory.close();
    }
  }

  #identify(serial: string): Identity {
    const { vendor, product, revision } = this.settings;
    text('serial', serial, 64);
    const naa = this.#options.naa ?? makeNaa(vendor, product, serial);
    naaBytes(naa);
    return { vendor, product, revision, serial, naa };
  }

  /** Loads what the store keeps. Commands that come before it is there wait. */
  #load(): void {
    if (!this.memory.durable) return;
    const release = this.tasks.hold();
    void (async () => {
      try {
        await this.memory.load();
        this.reservations.load(this.memory);
        this.modeValues.load(this.memory);
        this.power.restart();
        this.exceptions.restart();
        this.defects.load();
        this.protection.load();
        this.information.load(this.memory);
        this.applicationLog.load(this.memory);
        this.access.load(this.memory);
        this.operation.load();
        await this.#keepSerial();
      } catch (error) {
        this.readiness.failed = true;
        this.report(error);
      } finally {
        release();
      }
    })();
  }

  /** A serial number that follows from nothing else is the one in the store. */
  async #keepSerial(): Promise<void> {
    const { serial, backend } = this.#options;
    if (serial !== undefined || backend.id !== undefined) return;
    const kept = this.memory.section('serial');
    if (typeof kept === 'string') this.#identity = this.#identify(kept);
    else await this.memory.keep('serial', this.#identity.serial);
  }
}

/** A 32-byte form that another protection type has is an operation code that there is not (SBC). */
function unsupported({ opcode, serviceAction }: CdbSpec): Pick<Undecodable, 'at' | 'problem'> {
  return serviceAction === undefined || opcode === VARIABLE_LENGTH
    ? { problem: 'operation code', at: { in: 'cdb', byte: 0 } }
    : { problem: 'service action', at: { in: 'cdb', byte: 1, bit: 4 } };
}

function truncate(result: Result, allocationLength: number): Result {
  const dataIn = truncateChunks(result.dataIn, allocationLength);
  return dataIn === result.dataIn ? result : { ...result, dataIn };
}
