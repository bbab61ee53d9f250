/** PDUs that are nearly right: made by the rules, then broken in some way. */
import { encodePdu, encodeText, type Pdu } from '../src/transport/iscsi/index.ts';
import { ATTACKED, GOOD } from './names.ts';
import type { Random } from './random.ts';

const NO_TAG = 0xffff_ffff;
const LUNS = [0, 0, 0, 1, 7];

/** Operation codes that there are, and some that there are not. */
const OPCODES = [
  0x00, 0x03, 0x04, 0x07, 0x08, 0x0a, 0x12, 0x15, 0x16, 0x17, 0x1a, 0x1b, 0x1c, 0x1d, 0x1e, 0x25,
  0x28, 0x2a, 0x2e, 0x2f, 0x34, 0x35, 0x37, 0x3b, 0x3c, 0x3e, 0x3f, 0x41, 0x42, 0x48, 0x4c, 0x4d,
  0x55, 0x56, 0x57, 0x5a, 0x5e, 0x5f, 0x7f, 0x83, 0x84, 0x88, 0x89, 0x8a, 0x8b, 0x8c, 0x8e, 0x8f,
  0x90, 0x91, 0x93, 0x9c, 0x9e, 0x9f, 0xa0, 0xa2, 0xa3, 0xa4, 0xa8, 0xaa, 0xae, 0xaf, 0xb5, 0xb7,
  0x60, 0xff,
] as const;

const VALUES = [
  'Yes',
  'No',
  'None',
  'CRC32C',
  'CRC32C,None',
  'CHAP',
  '0',
  '1',
  '65536',
  '16777216',
  '-1',
  '0x7fffffff',
  '0b////',
  'Irrelevant',
  'Reject',
  'NotUnderstood',
  '',
  'a'.repeat(255),
] as const;

const KEYS = [
  'HeaderDigest',
  'DataDigest',
  'MaxConnections',
  'SendTargets',
  'InitialR2T',
  'ImmediateData',
  'MaxRecvDataSegmentLength',
  'MaxBurstLength',
  'FirstBurstLength',
  'DefaultTime2Wait',
  'DefaultTime2Retain',
  'MaxOutstandingR2T',
  'DataPDUInOrder',
  'DataSequenceInOrder',
  'ErrorRecoveryLevel',
  'SessionType',
  'AuthMethod',
  'CHAP_A',
  'CHAP_I',
  'CHAP_R',
  'X-com.example.key',
  'iSCSIProtocolLevel',
  'TaskReporting',
  'InitiatorAlias',
  'TargetName',
  'Nonsense',
] as const;

/** The names under which strangers come: few, so that what is remembered of them stays the same. */
const initiator = (random: Random): string => `iqn.2026-11.com.example:fuzz${random.int(32)}`;

/** A login request; `wild`: with keys and values at random. */
export function login(random: Random, wild: boolean): Uint8Array {
  const pairs: [string, string][] = [
    ['InitiatorName', initiator(random)],
    ['TargetName', ATTACKED],
  ];
  if (wild) {
    for (let i = random.int(8); i > 0; i--) pairs.push([random.pick(KEYS), random.pick(VALUES)]);
    if (random.chance(0.2)) pairs.splice(random.int(pairs.length), 1);
    if (random.chance(0.1)) pairs[1] = ['TargetName', `${GOOD}${random.int(9)}`];
  } else if (random.chance(0.3)) {
    pairs.push(['ErrorRecoveryLevel', String(random.int(3))]);
    // Who is not heard of any more is to be gone when the heap is measured.
    pairs.push(['DefaultTime2Retain', '1'], ['DefaultTime2Wait', '0']);
  }
  return encodePdu({
    kind: 'Login Request',
    transit: true,
    continued: false,
    currentStage: wild && random.chance(0.2) ? 0 : 1,
    nextStage: 3,
    versionMax: 0,
    versionMin: 0,
    isid: Uint8Array.of(0x80, 0, 0, 0, 0, random.int(4)),
    tsih: wild && random.chance(0.1) ? random.int(65_536) : 0,
    initiatorTaskTag: 0,
    connectionId: wild ? random.int(3) : 0,
    cmdSn: 1,
    expStatSn: 0,
    data: encodeText(pairs),
  });
}

/** What a session numbers as it goes. */
export interface Numbers {
  cmdSn: number;
  tag: number;
}

function lunBytes(random: Random): Uint8Array {
  const bytes = new Uint8Array(8);
  bytes[1] = random.pick(LUNS);
  return bytes;
}

function cdb(random: Random): Uint8Array {
  const bytes = random.chance(0.5) ? new Uint8Array(16) : random.bytes(16);
  bytes[0] = random.pick(OPCODES);
  if (random.chance(0.7)) {
    // Near the medium, so that not all is out of range.
    bytes.fill(0, 2, 10);
    bytes[4] = random.int(256);
    bytes[5] = random.int(256);
    bytes[8] = random.int(32);
    bytes[13] = random.int(32);
    bytes[1] = random.chance(0.5) ? 0 : random.int(32);
  }
  return bytes;
}

function command(random: Random, numbers: Numbers): Pdu {
  const write = random.chance(0.5);
  const data = write ? random.bytes(random.pick([0, 0, 8, 24, 512, 4096])) : new Uint8Array(0);
  return {
    kind: 'SCSI Command',
    immediate: random.chance(0.05),
    final: random.chance(0.8),
    read: !write || random.chance(0.1),
    write,
    attribute: random.int(6),
    priority: random.int(16),
    lun: lunBytes(random),
    initiatorTaskTag: numbers.tag++,
    expectedLength: random.pick([0, data.length, 36, 512, 4096, 65_536, 0xffff_ffff]),
    cmdSn: numbers.cmdSn++,
    expStatSn: random.int(64),
    cdb: cdb(random),
    ahs: new Uint8Array(0),
    data,
  };
}

function other(random: Random, numbers: Numbers): Pdu {
  const { cmdSn, tag } = numbers;
  const common = {
    lun: lunBytes(random),
    initiatorTaskTag: numbers.tag++,
    expStatSn: random.int(64),
  };
  switch (random.int(6)) {
    case 0:
      return {
        ...common,
        kind: 'NOP-Out',
        immediate: true,
        targetTransferTag: NO_TAG,
        cmdSn,
        data: random.bytes(random.int(64)),
      };
    case 1:
      return {
        ...common,
        kind: 'Task Management Request',
        immediate: true,
        function: random.int(16),
        referencedTaskTag: Math.max(0, tag - random.int(4)),
        cmdSn,
        refCmdSn: cmdSn,
        expDataSn: random.int(4),
      };
    case 2:
      return {
        ...common,
        kind: 'SCSI Data-Out',
        final: random.chance(0.5),
        initiatorTaskTag: Math.max(0, tag - random.int(4)),
        targetTransferTag: random.chance(0.5) ? NO_TAG : random.int(16),
        dataSn: random.int(4),
        bufferOffset: random.int(4096),
        data: random.bytes(random.int(1024)),
      };
    case 3:
      return {
        ...common,
        kind: 'Text Request',
        immediate: true,
        final: random.chance(0.8),
        continued: random.chance(0.2),
        targetTransferTag: random.chance(0.8) ? NO_TAG : random.int(8),
        cmdSn,
        data: encodeText([[random.pick(KEYS), random.pick(VALUES)]]),
      };
    case 4:
      return {
        ...common,
        kind: 'SNACK Request',
        type: random.int(5),
        targetTransferTag: random.chance(0.5) ? NO_TAG : random.int(8),
        begRun: random.int(4),
        runLength: random.int(4),
      };
    default:
      return {
        ...common,
        kind: 'Logout Request',
        immediate: true,
        reason: random.int(4),
        connectionId: random.int(2),
        cmdSn,
      };
  }
}

/** A PDU of the full feature phase, as the rules have it. */
export function request(random: Random, numbers: Numbers): Uint8Array {
  return encodePdu(random.chance(0.75) ? command(random, numbers) : other(random, numbers));
}

/** Breaks a PDU in some way. */
export function broken(random: Random, pdu: Uint8Array): Uint8Array {
  const bytes = pdu.slice();
  switch (random.int(7)) {
    case 0: // bits of the header
      for (let i = 1 + random.int(4); i > 0; i--) flip(random, bytes, 48);
      return bytes;
    case 1: // bits anywhere
      for (let i = 1 + random.int(8); i > 0; i--) flip(random, bytes, bytes.length);
      return bytes;
    case 2: // a length that is none
      bytes.set(random.bytes(4), 4);
      return bytes;
    case 3: // cut
      return bytes.subarray(0, random.int(bytes.length));
    case 4: // twice
      return Buffer.concat([bytes, bytes]);
    case 5: // another opcode
      bytes[0] = random.int(256);
      return bytes;
    default: // noise behind it
      return Buffer.concat([bytes, random.bytes(random.int(96))]);
  }
}

function flip(random: Random, bytes: Uint8Array, within: number): void {
  const at = random.int(Math.min(within, bytes.length));
  bytes[at] = bytes[at]! ^ (1 << random.int(8));
}
