/** What an attacker makes of what it hears: it counts it, looks whether it can be, and answers, not always rightly. */
import type {
  DataInPdu,
  NopInPdu,
  Pdu,
  R2TPdu,
  ScsiResponsePdu,
} from '../src/transport/iscsi/index.ts';
import { NO_TAG } from '../src/transport/iscsi/pdu-spec.ts';
import { countAnswer, IllFormed, type Coverage } from './coverage.ts';
import type { Peer } from './peer.ts';
import type { Random } from './random.ts';

const DATA_OR_R2T = 0;
const DATA_ACK = 2;

/**
 * Takes a PDU of the target.
 *
 * @throws IllFormed - it cannot be: a status that there is not, or more data than was expected.
 */
export function reply(peer: Peer, pdu: Pdu, random: Random, coverage: Coverage): void {
  switch (pdu.kind) {
    case 'SCSI Response':
      ended(peer, pdu, coverage);
      break;
    case 'SCSI Data-In':
      dataIn(peer, pdu, random, coverage);
      return;
    case 'R2T':
      provide(peer, pdu, random);
      return;
    case 'NOP-In':
      nopIn(peer, pdu, random);
      return;
    case 'Reject':
      coverage.add('rejects', `${pdu.reason.toString(16)}h`);
      break;
    case 'Task Management Response':
      coverage.add('task management', pdu.response);
      break;
    case 'Logout Response':
      coverage.add('logouts', pdu.response);
      break;
    case 'Asynchronous Message':
      coverage.add('events', pdu.event);
      break;
    default:
  }
  if ('statSn' in pdu) peer.expStatSn = (pdu.statSn + 1) >>> 0;
}

function ended(
  { session }: Peer,
  { response, status, initiatorTaskTag, data }: ScsiResponsePdu,
  coverage: Coverage,
): void {
  session.tasks.delete(initiatorTaskTag);
  if (response === 0) {
    // Sense data has its length before it.
    countAnswer(coverage, status, data.length > 2 ? data.subarray(2) : undefined);
  } else coverage.add('statuses', `iSCSI response ${response}`);
}

function dataIn(peer: Peer, pdu: DataInPdu, random: Random, coverage: Coverage): void {
  const { tasks, found } = peer.session;
  const task = tasks.get(pdu.initiatorTaskTag);
  const end = pdu.bufferOffset + pdu.data.length;
  if (peer.strict && task !== undefined && end > task.dataInLength)
    throw new IllFormed(`Data-In up to byte ${end} of ${task.dataInLength} that were expected`);
  if (task !== undefined && pdu.bufferOffset === 0)
    found.dataIn.set(task.cdb[0]!, pdu.data.slice(0, 4096));
  if (pdu.acknowledge && random.chance(0.7)) {
    const next = peer.nearly(pdu.dataSn + 1, random);
    snack(peer, random, DATA_ACK, pdu.initiatorTaskTag, pdu.targetTransferTag, next, 0);
  }
  if (!pdu.hasStatus) return;
  peer.expStatSn = (pdu.statSn + 1) >>> 0;
  tasks.delete(pdu.initiatorTaskTag);
  countAnswer(coverage, pdu.status, undefined);
}

function snack(
  peer: Peer,
  random: Random,
  type: number,
  initiatorTaskTag: number,
  targetTransferTag: number,
  begRun: number,
  runLength: number,
): void {
  peer.send(
    {
      kind: 'SNACK Request',
      type,
      lun: new Uint8Array(8),
      initiatorTaskTag,
      targetTransferTag,
      expStatSn: peer.ack(random),
      begRun,
      runLength,
    },
    random,
  );
}

/** Data-Out, in pieces; some are wrong, and some do not come. */
function provide(peer: Peer, pdu: R2TPdu, random: Random): void {
  const { erring } = peer.manners;
  const task = peer.session.tasks.get(pdu.initiatorTaskTag);
  if (task === undefined || random.chance(erring)) {
    if (random.chance(0.5))
      snack(peer, random, DATA_OR_R2T, pdu.initiatorTaskTag, NO_TAG, pdu.r2tSn, random.int(2));
    return;
  }
  // 512 is what every target takes.
  const piece = peer.strict ? 512 : random.pick([512, 1024, 4096, 65_536]);
  let dataSn = 0;
  for (let at = 0; at < pdu.desiredLength; at += piece) {
    const begin = pdu.bufferOffset + at;
    const end = Math.min(begin + piece, pdu.bufferOffset + pdu.desiredLength);
    // What the command has announced but the attacker does not have is zeros.
    const data = new Uint8Array(end - begin);
    data.set(task.dataOut.subarray(begin, end));
    const last = at + piece >= pdu.desiredLength;
    peer.send(
      {
        kind: 'SCSI Data-Out',
        final: random.chance(erring) ? !last : last,
        lun: pdu.lun,
        initiatorTaskTag: peer.nearly(pdu.initiatorTaskTag, random),
        targetTransferTag: peer.nearly(pdu.targetTransferTag, random),
        expStatSn: peer.ack(random),
        dataSn: peer.nearly(dataSn++, random),
        bufferOffset: peer.nearly(begin, random),
        data,
      },
      random,
    );
  }
}

function nopIn(peer: Peer, pdu: NopInPdu, random: Random): void {
  if (pdu.initiatorTaskTag !== NO_TAG) peer.expStatSn = (pdu.statSn + 1) >>> 0;
  if (pdu.targetTransferTag === NO_TAG || random.chance(peer.manners.erring)) return;
  peer.send(
    {
      kind: 'NOP-Out',
      immediate: true,
      lun: pdu.lun,
      initiatorTaskTag: NO_TAG,
      targetTransferTag: peer.nearly(pdu.targetTransferTag, random),
      cmdSn: peer.session.cmdSn,
      expStatSn: peer.ack(random),
      data: new Uint8Array(0),
    },
    random,
  );
}
