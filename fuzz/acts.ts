/** What an attacker does in the full feature phase: requests of all kinds, right but for what its manners are. */
import { encodeAhs } from '../src/transport/iscsi/ahs.ts';
import { encodeLun } from '../src/scsi/lun.ts';
import { encodeText, type TextPair } from '../src/transport/iscsi/index.ts';
import { attempt, type Attempt } from './commands.ts';
import { NO_TAG } from '../src/transport/iscsi/pdu-spec.ts';
import type { Peer } from './peer.ts';
import { KEYS, VALUES } from './text.ts';

const NO_LUN = new Uint8Array(8);

/** One request, of which most are commands. */
export function act(peer: Peer): void {
  const { random } = peer;
  const kind = random.int(100);
  if (kind < 70) command(peer);
  else if (kind < 77) manage(peer);
  else if (kind < 83) snack(peer);
  else if (kind < 88) dataOut(peer);
  else if (kind < 93) text(peer);
  else if (kind < 98) ping(peer);
  else if (random.chance(0.4)) logOut(peer);
}

/** A request as the rules have it; what the command is, they do not say. */
export function orderlyAct(peer: Peer): void {
  const { random } = peer;
  const kind = random.int(100);
  if (kind < 85) command(peer);
  else if (kind < 95) manage(peer, random.pick([1, 1, 2, 4, 5, 9]));
  else text(peer);
}

/** A SCSI command, perhaps with data at once or unsolicited behind it. */
export function command(peer: Peer): void {
  const { random, session } = peer;
  const made = attempt(random, session.found);
  const tag = session.tag++;
  const write = made.dataOut.length > 0;
  const read = made.dataInLength > 0;
  const first = write ? made.dataOut.subarray(0, immediateLength(peer, made)) : made.dataOut;
  const final = !write || peer.strict || random.chance(0.7);
  const immediate = random.chance(0.05);
  session.tasks.set(tag, made);
  peer.send({
    kind: 'SCSI Command',
    immediate,
    final,
    read,
    write,
    attribute: random.pick([0, 1, 1, 1, 1, 1, 2, 3, 4]),
    priority: random.chance(0.8) ? 0 : random.int(16),
    lun: encodeLun(made.lun & 0x3fff),
    initiatorTaskTag: random.chance(0.1) ? peer.nearly(tag) : tag,
    expectedLength: peer.nearly(write ? made.dataOut.length : made.dataInLength),
    // An immediate command has the number of the next.
    cmdSn: immediate ? session.cmdSn : peer.takeCmdSn(),
    expStatSn: peer.ack(),
    ...headersOf(made, read && write),
    data: first,
  });
  if (!final) unsolicited(peer, tag, made, first.length);
}

/** How many bytes of data-out come with the command. */
function immediateLength({ random, strict, agreed }: Peer, { dataOut: bytes }: Attempt): number {
  const wanted = random.pick([0, 0, 512, bytes.length]);
  // 512 is what every target takes.
  return strict ? (agreed.get('ImmediateData') === 'Yes' ? Math.min(512, wanted) : 0) : wanted;
}

/** Where a CDB lies that is longer than 16 bytes, and how much is read by who writes, too. */
function headersOf(
  { cdb, dataInLength }: Attempt,
  bidirectional: boolean,
): { readonly cdb: Uint8Array; readonly ahs: Uint8Array } {
  const short = new Uint8Array(16);
  short.set(cdb.subarray(0, 16));
  const ahs = encodeAhs({
    ...(cdb.length > 16 && { extendedCdb: cdb.subarray(16) }),
    ...(bidirectional && { readLength: dataInLength }),
  });
  return { cdb: short, ahs };
}

/** Data-Out that nobody has asked for. */
function unsolicited(peer: Peer, tag: number, { dataOut: bytes }: Attempt, from: number): void {
  const { random } = peer;
  const end = Math.min(bytes.length, peer.nearly(4096));
  const piece = random.pick([512, 1024, 4096]);
  let dataSn = 0;
  for (let at = from; at < end; at += piece) {
    const data = bytes.subarray(at, Math.min(end, at + piece));
    peer.send({
      kind: 'SCSI Data-Out',
      final: at + piece >= end,
      lun: NO_LUN,
      initiatorTaskTag: tag,
      targetTransferTag: NO_TAG,
      expStatSn: peer.ack(),
      dataSn: peer.nearly(dataSn++),
      bufferOffset: peer.nearly(at),
      data,
    });
  }
}

/** The tag of a task of this session, one that it may have had, or another. */
function someTag(peer: Peer): number {
  const { random, session } = peer;
  return random.chance(0.9) ? Math.max(0, session.tag - 1 - random.int(8)) : random.int(2 ** 32);
}

/** Task management, often of what runs. */
export function manage(peer: Peer, which?: number, referenced: number = someTag(peer)): void {
  const { random, session } = peer;
  const task = session.tasks.get(referenced);
  const immediate = random.chance(0.9);
  peer.send({
    kind: 'Task Management Request',
    immediate,
    // A cold reset ends the sessions of all who attack: not too often.
    function:
      which ??
      random.pick([
        1,
        1,
        1,
        2,
        3,
        4,
        5,
        6,
        8,
        8,
        9,
        10,
        11,
        12,
        0,
        13,
        127,
        random.chance(0.03) ? 7 : 5,
      ]),
    lun: encodeLun((task?.lun ?? random.int(9)) & 0x3fff),
    initiatorTaskTag: session.tag++,
    referencedTaskTag: referenced,
    cmdSn: immediate ? session.cmdSn : peer.takeCmdSn(),
    expStatSn: peer.ack(),
    refCmdSn: (session.cmdSn - random.int(8)) >>> 0,
    expDataSn: random.pick([0, 0, 1, 2, random.int(2 ** 32)]),
  });
}

/** Asks for something again: data, statuses, all data; or acknowledges it. */
function snack(peer: Peer): void {
  const { random } = peer;
  const type = random.int(5);
  peer.send({
    kind: 'SNACK Request',
    type,
    lun: NO_LUN,
    initiatorTaskTag: type === 1 && random.chance(0.9) ? NO_TAG : someTag(peer),
    targetTransferTag: random.chance(0.6) ? NO_TAG : random.int(8),
    expStatSn: peer.ack(),
    begRun: type === 1 ? (peer.expStatSn - random.int(8)) >>> 0 : random.pick([0, 0, 1, 2, NO_TAG]),
    runLength: random.pick([0, 1, 2, 8, NO_TAG]),
  });
}

/** Data that belongs nowhere, or somewhere else. */
function dataOut(peer: Peer): void {
  const { random } = peer;
  peer.send({
    kind: 'SCSI Data-Out',
    final: random.chance(0.5),
    lun: NO_LUN,
    initiatorTaskTag: someTag(peer),
    targetTransferTag: random.chance(0.5) ? NO_TAG : random.int(32),
    expStatSn: peer.ack(),
    dataSn: random.int(4),
    bufferOffset: random.pick([0, 512, 4096, random.int(2 ** 32)]),
    data: random.bytes(random.int(1024)),
  });
}

/** Text after the login, in one PDU or in several. */
export function text(peer: Peer): void {
  const { random, session } = peer;
  const targets: TextPair = ['SendTargets', random.pick(['All', '', session.targetName, 'x'])];
  const pairs: TextPair[] = random.chance(0.5) ? [targets] : [];
  while (random.chance(0.5)) pairs.push([random.pick(KEYS), random.pick(VALUES)]);
  const data = encodeText(pairs);
  const tag = session.tag++;
  const pieces = random.chance(0.7) ? 1 : 1 + random.int(4);
  for (let i = 0; i < pieces; i++) {
    const last = i === pieces - 1;
    const size = Math.ceil(data.length / pieces);
    peer.send({
      kind: 'Text Request',
      immediate: true,
      final: last && random.chance(0.8),
      continued: !last,
      lun: NO_LUN,
      initiatorTaskTag: tag,
      targetTransferTag: i === 0 && random.chance(0.9) ? NO_TAG : random.int(4),
      cmdSn: session.cmdSn,
      expStatSn: peer.ack(),
      data: data.subarray(i * size, (i + 1) * size),
    });
  }
}

function ping(peer: Peer): void {
  const { random, session } = peer;
  const immediate = random.chance(0.5);
  peer.send({
    kind: 'NOP-Out',
    immediate,
    lun: NO_LUN,
    initiatorTaskTag: random.chance(0.8) ? session.tag++ : NO_TAG,
    targetTransferTag: random.chance(0.9) ? NO_TAG : random.int(4),
    cmdSn: immediate ? session.cmdSn : peer.takeCmdSn(),
    expStatSn: peer.ack(),
    data: random.bytes(random.int(64)),
  });
}

/** Logs out of the session, of this connection, of another one, or for recovery. */
export function logOut(peer: Peer, reason?: number, connectionId?: number): void {
  const { random, session } = peer;
  const immediate = random.chance(0.9);
  peer.send({
    kind: 'Logout Request',
    immediate,
    reason: reason ?? random.pick([0, 1, 2, 3]),
    initiatorTaskTag: session.tag++,
    connectionId: connectionId ?? random.int(3),
    cmdSn: immediate ? session.cmdSn : peer.takeCmdSn(),
    expStatSn: peer.ack(),
  });
}
