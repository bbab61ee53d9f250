/** What the device under test is like, and who uses it. */
import type { Token } from './tokens.ts';
import type { UnitModel } from './unit-model.ts';

/** Blocks of each disk. More than two of the memory backend's pages. */
export const BLOCKS = 300;

/** Bytes a block. */
export const BLOCK = 512;

/** Which initiator port sends: two initiators, of which the first has two ports to the disk. */
export const NEXUSES = ['a1', 'b1', 'a2'] as const;

/** The nexus of a step. */
export type Who = (typeof NEXUSES)[number];

/** Whether it is one of them. */
export const isNexus = (name: string): name is Who => (NEXUSES as readonly string[]).includes(name);

/** TARGET PORT GROUP of the port that a nexus goes through. */
export const groupOf = (who: Who): 1 | 2 => (who === 'a2' ? 2 : 1);

/** The LUNs of the two disks. */
export const LUNS = [0, 1] as const;

/** The LUN of a step. */
export type Lun = (typeof LUNS)[number];

/** What a disk under test can do. */
export interface Traits {
  readonly thin: boolean;
  readonly atomic: boolean;
  readonly anchors: boolean;
  /** It knows which blocks are mapped. */
  readonly knowsMapped: boolean;
  /** How many blocks it has room for; absent: for all. */
  readonly limit?: number | undefined;
  /** NAA designator, 8 bytes. */
  readonly naa: bigint;
}

/** Milliseconds that FORMAT UNIT and each pass of SANITIZE take. */
export const PASS = 3000;

/** Milliseconds that a change of asymmetric access states takes. No two things end at the same time. */
export const TRANSITION = 1500;

/** Percent of its room that a disk has in use when initiators are told. */
export const SOFT_THRESHOLD = 50;

/** Both disks, and the time. */
export interface Device {
  readonly units: readonly [UnitModel, UnitModel];
  /** Every ROD token that was made since the power came on, in their order. */
  tokens: Token[];
  /** Milliseconds since the test began. */
  now: number;
}
