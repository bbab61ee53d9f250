/** The text keys of RFC 7143 section 13 as plain data: kinds, ranges, defaults, and who may use them when. */

/** Where a key may be used. */
export type KeyUse =
  /** Only in the first Login Request of a connection. */
  | 'initial'
  /** In the login phase. */
  | 'login'
  /** In the login and the full feature phase. */
  | 'any'
  /** Only in the full feature phase. */
  | 'full feature';

interface KeyBase {
  readonly use: KeyUse;
  /** Who may send it first. */
  readonly sender: 'initiator' | 'target' | 'both';
  /** Without a meaning in a discovery session, where it is answered with Irrelevant. */
  readonly normalOnly?: boolean;
  /** Only in the leading connection of a session. */
  readonly leadingOnly?: boolean;
}

/** What one key is, and how it is negotiated. */
export type KeyDeclaration = KeyBase &
  (
    | { /** A statement: nobody answers it. */ readonly kind: 'declared text' }
    | {
        /** A statement of a number. */
        readonly kind: 'declared number';
        readonly least: number;
        readonly most: number;
        readonly initially: number;
      }
    | {
        /** Values by preference; the answer is the first that suits. */
        readonly kind: 'list';
        readonly initially: string;
      }
    | {
        /** Yes only if both say Yes, or Yes if either does. */
        readonly kind: 'boolean and' | 'boolean or';
        readonly initially: boolean;
      }
    | {
        /** The smaller, or the larger, of the two sides' numbers. */
        readonly kind: 'minimum' | 'maximum';
        readonly least: number;
        readonly most: number;
        readonly initially: number;
      }
  );

const TEXT_OF_INITIATOR = { kind: 'declared text', use: 'initial', sender: 'initiator' } as const;
const ORDER = {
  kind: 'boolean or',
  use: 'login',
  sender: 'both',
  initially: true,
  normalOnly: true,
  leadingOnly: true,
} as const;
const BURST = {
  kind: 'minimum',
  use: 'login',
  sender: 'both',
  least: 512,
  most: 0xff_ffff,
  normalOnly: true,
  leadingOnly: true,
} as const;
const DIGEST = { kind: 'list', use: 'login', sender: 'both', initially: 'None' } as const;
const COUNT = {
  kind: 'minimum',
  use: 'login',
  sender: 'both',
  least: 1,
  most: 65_535,
  initially: 1,
  normalOnly: true,
  leadingOnly: true,
} as const;
const SECONDS = {
  use: 'login',
  sender: 'both',
  least: 0,
  most: 3600,
  leadingOnly: true,
} as const;
/** Fixed-interval markers, which RFC 7143 took away: who still offers them gets No or Reject. */
const MARKER = { kind: 'boolean and', use: 'login', sender: 'both', initially: false } as const;

/** The name of a key of {@link KEYS}. */
export type KeyName =
  | 'AuthMethod'
  | 'DataDigest'
  | 'DataPDUInOrder'
  | 'DataSequenceInOrder'
  | 'DefaultTime2Retain'
  | 'DefaultTime2Wait'
  | 'ErrorRecoveryLevel'
  | 'FirstBurstLength'
  | 'HeaderDigest'
  | 'IFMarker'
  | 'ImmediateData'
  | 'InitialR2T'
  | 'InitiatorAlias'
  | 'InitiatorName'
  | 'MaxBurstLength'
  | 'MaxConnections'
  | 'MaxOutstandingR2T'
  | 'MaxRecvDataSegmentLength'
  | 'OFMarker'
  | 'SendTargets'
  | 'SessionType'
  | 'TargetAddress'
  | 'TargetAlias'
  | 'TargetName'
  | 'TargetPortalGroupTag'
  | 'TaskReporting'
  | 'iSCSIProtocolLevel';

/** All keys that this implementation understands. */
export const KEYS: Readonly<Record<KeyName, KeyDeclaration>> = {
  AuthMethod: { kind: 'list', use: 'login', sender: 'initiator', initially: 'None' },
  DataDigest: DIGEST,
  DataPDUInOrder: ORDER,
  DataSequenceInOrder: ORDER,
  DefaultTime2Retain: { ...SECONDS, kind: 'minimum', initially: 20 },
  DefaultTime2Wait: { ...SECONDS, kind: 'maximum', initially: 2 },
  ErrorRecoveryLevel: {
    ...SECONDS,
    kind: 'minimum',
    most: 2,
    initially: 0,
  },
  FirstBurstLength: { ...BURST, initially: 65_536 },
  HeaderDigest: DIGEST,
  IFMarker: MARKER,
  ImmediateData: {
    kind: 'boolean and',
    use: 'login',
    sender: 'both',
    initially: true,
    normalOnly: true,
    leadingOnly: true,
  },
  InitialR2T: ORDER,
  InitiatorAlias: { kind: 'declared text', use: 'any', sender: 'initiator' },
  InitiatorName: TEXT_OF_INITIATOR,
  MaxBurstLength: { ...BURST, initially: 262_144 },
  MaxConnections: COUNT,
  MaxOutstandingR2T: COUNT,
  MaxRecvDataSegmentLength: {
    kind: 'declared number',
    use: 'any',
    sender: 'both',
    least: 512,
    most: 0xff_ffff,
    initially: 8192,
  },
  OFMarker: MARKER,
  SendTargets: { kind: 'declared text', use: 'full feature', sender: 'initiator' },
  SessionType: TEXT_OF_INITIATOR,
  TargetAddress: { kind: 'declared text', use: 'any', sender: 'target' },
  TargetAlias: { kind: 'declared text', use: 'any', sender: 'target' },
  TargetName: { kind: 'declared text', use: 'any', sender: 'both' },
  TargetPortalGroupTag: { kind: 'declared text', use: 'any', sender: 'target' },
  TaskReporting: {
    kind: 'list',
    use: 'login',
    sender: 'both',
    initially: 'RFC3720',
    normalOnly: true,
    leadingOnly: true,
  },
  iSCSIProtocolLevel: {
    kind: 'minimum',
    use: 'login',
    sender: 'both',
    least: 0,
    most: 31,
    initially: 1,
    leadingOnly: true,
  },
};

/** The declaration of a key; undefined for one that is not understood. */
export function keyDeclaration(name: string): KeyDeclaration | undefined {
  return Object.hasOwn(KEYS, name) ? KEYS[name as KeyName] : undefined;
}
