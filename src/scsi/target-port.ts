/** A SCSI target port: where initiators reach a device (SAM). */
import { encodeDesignators, type Designator } from '../vpd/designator.ts';
import type { Luns } from './lun-map.ts';
import { Nexus, type ExecuteHook } from './nexus.ts';

/** PROTOCOL IDENTIFIER of iSCSI (SPC). */
export const ISCSI_PROTOCOL = 0x5;

/** How to make a port. */
export interface TargetPortOptions {
  /** PROTOCOL IDENTIFIER, 0 to 15, e.g. {@link ISCSI_PROTOCOL}; absent for a transport that has none. */
  readonly protocol?: number;
  /** SCSI target port name, e.g. `iqn.2026-11.example:disk,t,0x0001`. */
  readonly name?: string;
  /** SCSI target device name, e.g. `iqn.2026-11.example:disk`. */
  readonly deviceName?: string;
  /** RELATIVE TARGET PORT IDENTIFIER, 1 to 65535, unique in the device. Default: the next free one. */
  readonly relativePortId?: number;
  /** TARGET PORT GROUP, 0 to 65535. Default 1. */
  readonly portGroup?: number;
}

/** Nexuses without a session that a port remembers; the one unused for longest is forgotten first. */
const REMEMBERED = 1024;

/** One way into a device. Every transport has at least one. */
export class TargetPort {
  /** PROTOCOL IDENTIFIER; `undefined` for a transport that has none. */
  readonly protocol: number | undefined;
  /** SCSI target port name. */
  readonly name: string | undefined;
  /** SCSI target device name. */
  readonly deviceName: string | undefined;
  /** RELATIVE TARGET PORT IDENTIFIER. */
  readonly relativePortId: number;
  /** TARGET PORT GROUP. */
  readonly portGroup: number;
  /** What the Device Identification VPD page says of the port and its device. */
  readonly designators: readonly Designator[];
  readonly #luns: Luns;
  readonly #hook: ExecuteHook | undefined;
  /** By initiator port name, the one asked for last at the end. */
  readonly #nexuses = new Map<string, Nexus>();

  /**
   * Use `Target.addPort`.
   *
   * @param hook - what its commands run in, if anything.
   * @throws RangeError - a name or number has no code in its designator.
   */
  constructor(
    options: TargetPortOptions & { readonly relativePortId: number },
    luns: Luns,
    hook?: ExecuteHook,
  ) {
    this.protocol = options.protocol;
    this.name = options.name;
    this.deviceName = options.deviceName;
    this.relativePortId = options.relativePortId;
    this.portGroup = options.portGroup ?? 1;
    this.designators = designatorsOf(this);
    // Better here than when an initiator asks.
    encodeDesignators(this.designators);
    this.#luns = luns;
    this.#hook = hook;
  }

  /**
   * The nexus of an initiator port: the same for the same name. A transport calls this when a
   * session begins, and `Nexus.lost` when it ended.
   *
   * @param luns - what it sees; default: all units of the target.
   */
  nexus(initiator: string, luns: Luns = this.#luns): Nexus {
    const nexus = this.#nexuses.get(initiator) ?? new Nexus(initiator, this, luns, this.#hook);
    nexus.show(luns);
    nexus.sessions++;
    this.#nexuses.delete(initiator);
    this.#nexuses.set(initiator, nexus);
    this.#forgetOldest();
    return nexus;
  }

  /** A stranger who logs in under ever new names must not fill the memory. */
  #forgetOldest(): void {
    if (this.#nexuses.size <= REMEMBERED) return;
    for (const [initiator, nexus] of this.#nexuses) {
      if (this.#nexuses.size <= REMEMBERED) return;
      if (nexus.sessions > 0) continue;
      this.#nexuses.delete(initiator);
      for (const unit of this.#luns.units()) unit.forget(nexus);
    }
  }
}

function designatorsOf(port: Omit<TargetPort, 'designators' | 'nexus'>): readonly Designator[] {
  const { protocol, name, deviceName } = port;
  const piv = protocol === undefined ? {} : { protocol };
  const ofPort = { association: 'target port', ...piv } as const;
  const designators: Designator[] = [
    { type: 'relative target port', ...ofPort, number: port.relativePortId },
    { type: 'target port group', ...ofPort, number: port.portGroup },
  ];
  // SCSI name strings are for protocols that name ports (PIV = 1).
  if (protocol === undefined) return designators;
  if (name !== undefined) designators.push({ type: 'SCSI name string', ...ofPort, name });
  if (deviceName !== undefined)
    designators.push({
      type: 'SCSI name string',
      association: 'target device',
      ...piv,
      name: deviceName,
    });
  return designators;
}
