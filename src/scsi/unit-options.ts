/** How a logical unit can be made: its options. */
import type { Backend } from '../backend/backend.ts';
import type { UnitStore } from '../backend/unit-store.ts';
import type { ProtectionType } from '../cdb/protection-information.ts';
import type { AccessTransitionHook, SettableAccessState } from './asymmetric-access.ts';
import type { MicrocodeHook } from './microcode.ts';
import type { SelfTestHook } from './self-tests.ts';

/** How to make a logical unit. Everything but `backend` has a default. */
export interface LogicalUnitOptions {
  /** Where the blocks are. One backend belongs to one unit. */
  readonly backend: Backend;
  /** T10 VENDOR IDENTIFICATION, 1 to 8 printable ASCII characters. Default `SCSITGT`. */
  readonly vendor?: string;
  /** PRODUCT IDENTIFICATION, 1 to 16 printable ASCII characters. Default `Virtual Disk`. */
  readonly product?: string;
  /** PRODUCT REVISION LEVEL, 1 to 4 printable ASCII characters. Default `0001`. */
  readonly revision?: string;
  /**
   * PRODUCT SERIAL NUMBER, 1 to 64 printable ASCII characters. Default: follows from the backend's
   * `id`; without one it is random, and kept in `store` where there is one.
   */
  readonly serial?: string;
  /** NAA designator of 64 or 128 bits. Default: locally assigned, from vendor, product and serial. */
  readonly naa?: bigint;
  /** Removable medium (RMB): START STOP UNIT can eject and load it. Default false. */
  readonly removable?: boolean;
  /** Write-protected. Default: what the backend says. */
  readonly readOnly?: boolean;
  /** Thin provisioned (LBPME): UNMAP is there. Default: whether the backend can unmap. */
  readonly thin?: boolean;
  /**
   * `write-back` (WCE = 1): writes need SYNCHRONIZE CACHE or FUA to be safe; `write-through`: each
   * is safe when it ends. Default: `write-back` if the backend has `flush`.
   */
  readonly cache?: 'write-back' | 'write-through';
  /** Bytes a physical block, a power of two times the logical block length. Default: the same. */
  readonly physicalBlockLength?: number;
  /** LOWEST ALIGNED LOGICAL BLOCK ADDRESS, 0 to 16383. Default 0. */
  readonly lowestAlignedLba?: number;
  /** MEDIUM ROTATION RATE: 1 (not rotating, the default), 0 (not reported) or 1025 to 65534 a minute. */
  readonly rotationRate?: number;
  /** Most bytes one command may read or write, at least one block. Default 32 MiB. */
  readonly maxTransferLength?: number;
  /** MAXIMUM UNMAP LBA COUNT, 1 to 2^32 − 1, the largest standing for no limit (the default). */
  readonly maxUnmapBlocks?: number;
  /** MAXIMUM UNMAP BLOCK DESCRIPTOR COUNT, 1 to 4095. Default 256. */
  readonly maxUnmapDescriptors?: number;
  /** MAXIMUM COMPARE AND WRITE LENGTH in blocks, 1 to 255. Default 255. */
  readonly maxCompareAndWriteBlocks?: number;
  /** MAXIMUM WRITE SAME LENGTH in blocks, 1 to 2^32 − 1. Default 65 536. */
  readonly maxWriteSameBlocks?: number;
  /**
   * Percent of its space, 1 to 99, that a thin disk has in use when initiators are told for the first
   * time (UNIT ATTENTION, THIN PROVISIONING SOFT THRESHOLD REACHED); MODE SELECT can change that.
   * Needs a backend with `space`. Default: nobody is told.
   */
  readonly softThreshold?: number;
  /** MAXIMUM SCATTERED LBA RANGE DESCRIPTOR COUNT, 1 to 65535. Default 256. */
  readonly maxScatteredRanges?: number;
  /**
   * Protection information (PROTECT): the type that the medium has been formatted with, 1 to 3, or 0
   * for a disk that FORMAT UNIT can give one; what it made is kept in `store`. Needs a backend with
   * `readProtection`. Default: there is none.
   */
  readonly protectionType?: ProtectionType;
  /** Bytes a second that SANITIZE does, 0 to 2^53 − 1; 0 (the default) is as many as it can. */
  readonly sanitizeRate?: number;
  /** Bytes a second that FORMAT UNIT does, 0 to 2^53 − 1; 0 (the default) is as many as it can. */
  readonly formatRate?: number;
  /**
   * `lenient`: what the conformance suite of libiscsi wants otherwise than the standard has it.
   * START STOP UNIT on removable media: power conditions and stopping do nothing, who loads a medium
   * is not told that it may have changed, and a prevented removal prevents loading too. WRITE SAME
   * with UNMAP unmaps whatever the block says. WRITE SCATTERED
   * leaves the blocks of its list out of BUFFER TRANSFER LENGTH. GET LBA STATUS begins with a whole physical block.
   * REPORT SUPPORTED OPERATION CODES lists no CDBs of 32 bytes.
   * Default `standard`.
   */
  readonly compatibility?: 'standard' | 'lenient';
  /**
   * Who may change how the unit is reached through a group of target ports (TPGS): `implicit`, the
   * API (`unit.access`); `explicit`, initiators with SET TARGET PORT GROUPS; `both`; `none`: all
   * ports are alike, and there is no REPORT TARGET PORT GROUPS. Default `implicit`.
   */
  readonly alua?: 'none' | 'implicit' | 'explicit' | 'both';
  /**
   * How the unit is reached through groups of target ports to begin with, by TARGET PORT GROUP.
   * Default: active/optimized. Not with `alua: 'none'`.
   */
  readonly accessStates?: Readonly<Record<number, SettableAccessState>>;
  /** Milliseconds that a group is transitioning when its state changes, 0 to 255 000. Default 0. */
  readonly transitionTime?: number;
  /** What a change of access states waits for. Default: nothing. */
  readonly accessTransition?: AccessTransitionHook;
  /** D_SENSE: sense data in descriptor format. Default false: fixed format. */
  readonly descriptorSense?: boolean;
  /** Whether a reserved bit that is set in a CDB or a parameter list is an error. Default `check`. */
  readonly reservedBits?: 'check' | 'ignore';
  /**
   * Gives the milliseconds since 1970: `Date.now`. REPORT TIMESTAMP begins with it then; default: with
   * zero when the unit becomes part of a device.
   */
  readonly timeOfDay?: () => number;
  /** Seconds that the extended self-test takes, 0 to 65534; the short one takes a tenth. Default 10. */
  readonly extendedSelfTestTime?: number;
  /** Takes the microcode that WRITE BUFFER brings. Default: there is no downloading. */
  readonly microcode?: MicrocodeHook;
  /** A self-test of your own, done before the medium is looked at. */
  readonly selfTest?: SelfTestHook;
  /** Tasks that may be in the task set at once; one more gets TASK SET FULL. Default 4096. */
  readonly queueDepth?: number;
  /**
   * Milliseconds that task management waits for aborted tasks to settle. Those that have not by then end as
   * aborted, and medium access ends with TIMEOUT ON LOGICAL UNIT until they have. Default 30 000.
   */
  readonly abortTimeout?: number;
  /** What the unit must not forget when it is switched off. Default: nothing is kept. */
  readonly store?: UnitStore;
  /** Is told what a backend or a command threw, beside the sense data that the initiator gets. */
  readonly onError?: (error: unknown) => void;
}
