/**
 * The bare responder: a Node process that answers READ with zeros, throws away what is written, answers
 * everything else with what a disk once said, and checks nothing. It shows how much of the time is Node, the kernel and the
 * initiator. Usage: `node responder.js SIZE` prints the URL of a disk of so many bytes.
 */
import { createServer, type Socket } from 'node:net';
import { createDisk, createTarget, loopback } from '../src/index.ts';
import { memoryBackend } from '../src/backend/memory.ts';

const NAME = 'iqn.2026-11.org.example:bare';
const HEADER = 48;
const BLOCK = 512;

const SECURITY = 0;
const ANSWERS = [
  'TargetPortalGroupTag=1\0AuthMethod=None\0',
  'HeaderDigest=None\0DataDigest=None\0InitialR2T=No\0ImmediateData=Yes\0MaxBurstLength=262144\0' +
    'FirstBurstLength=262144\0MaxRecvDataSegmentLength=262144\0MaxConnections=1\0' +
    'MaxOutstandingR2T=1\0DataPDUInOrder=Yes\0DataSequenceInOrder=Yes\0ErrorRecoveryLevel=0\0' +
    'DefaultTime2Wait=2\0DefaultTime2Retain=0\0',
];

const size = Number(process.argv[2]);
const disk = loopback(
  createTarget([createDisk({ backend: memoryBackend({ size }), product: 'Bare responder' })]),
);
const zeros = Buffer.alloc(1024 * 1024);

/** What a disk says, for the commands that only come when a session begins. */
function told(cdb: Uint8Array, length: number): Buffer {
  for (;;) {
    const outcome = disk.execute({ lun: 0, cdb: new Uint8Array(cdb), dataInLength: length });
    if (outcome instanceof Promise) throw new Error('A memory disk had to wait.');
    if (outcome.status === 0) return Buffer.from(outcome.dataIn);
    // A unit attention: it is told once.
    if ((outcome.sense?.[2] ?? 0) !== 6) return Buffer.alloc(0);
  }
}

/** One connection: answers out in one write for each chunk that came; no data is looked at. */
function serve(socket: Socket): void {
  let rest: Buffer = Buffer.alloc(0);
  /** The header of the PDU whose data is on the way, and the bytes of it still to come. */
  let header: Buffer | undefined;
  let missing = 0;
  let statSn = 1;
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    socket.cork();
    for (;;) {
      if (header === undefined) {
        if (bytes.length - at < HEADER) break;
        header = bytes.subarray(at, at + HEADER);
        missing = (header.readUIntBE(5, 3) + 3) & ~3;
        at += HEADER;
      }
      const skipped = Math.min(missing, bytes.length - at);
      at += skipped;
      missing -= skipped;
      if (missing > 0) break;
      answer(header);
      header = undefined;
    }
    socket.uncork();
    rest = bytes.subarray(at);
  });

  function answer(pdu: Buffer): void {
    const opcode = pdu[0]! & 0x3f;
    const reply = Buffer.alloc(HEADER);
    pdu.copy(reply, 16, 16, 20); // Initiator Task Tag
    const cmdSn = pdu.readUInt32BE(24);
    const immediate = (pdu[0]! & 0x40) !== 0;
    reply.writeUInt32BE(statSn++, 24);
    reply.writeUInt32BE((cmdSn + (immediate ? 0 : 1)) >>> 0, 28); // ExpCmdSN
    reply.writeUInt32BE((cmdSn + 128) >>> 0, 32); // MaxCmdSN
    if (opcode === 0x03) return login(pdu, reply);
    if (opcode === 0x01) return command(pdu, reply);
    reply[0] = opcode === 0x06 ? 0x26 : 0x20; // Logout Response, or NOP-In
    reply[1] = 0x80;
    send(reply, zeros, 0);
    if (opcode === 0x06) socket.end();
  }

  function login(pdu: Buffer, reply: Buffer): void {
    pdu.copy(reply, 8, 8, 14); // ISID
    reply[0] = 0x23;
    reply[1] = pdu[1]!;
    reply[15] = 1; // TSIH
    const text = Buffer.from(ANSWERS[((pdu[1]! >> 2) & 3) === SECURITY ? 0 : 1]!);
    send(reply, text, text.length);
  }

  function command(pdu: Buffer, reply: Buffer): void {
    const expected = pdu.readUInt32BE(20);
    const operation = pdu[32]!;
    const reads = operation === 0x28 || operation === 0x88;
    const writes = operation === 0x2a || operation === 0x8a;
    const data = reads || writes ? zeros : told(pdu.subarray(32, 48), expected);
    const length = reads ? expected : writes ? 0 : Math.min(data.length, expected);
    reply[0] = length === 0 ? 0x21 : 0x25; // SCSI Response, or SCSI Data-In
    reply[1] = length === 0 ? 0x80 : 0x81; // F, and S: the status is in the Data-In
    if (length < expected && !writes) {
      reply[1] |= 0x02; // U
      reply.writeUInt32BE(expected - length, 44);
    }
    if (length > 0) reply.writeUInt32BE(0xffff_ffff, 20); // Target Transfer Tag
    send(reply, data, length);
  }

  function send(header: Buffer, data: Buffer, length: number): void {
    header.writeUIntBE(length, 5, 3);
    socket.write(header);
    if (length > 0) socket.write(data.subarray(0, length));
    if (length % 4 !== 0) socket.write(zeros.subarray(0, 4 - (length % 4)));
  }
}

const server = createServer(serve).listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address !== null && typeof address !== 'string')
    console.log(`iscsi://127.0.0.1:${address.port}/${NAME}/0 ${size / BLOCK} blocks`);
});
process.on('SIGTERM', () => process.exit(0));
