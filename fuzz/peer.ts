/** One connection of an attacker that hears what the target says, so that it can be wrong in the right place. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import {
  crc32c,
  decodePdu,
  decodeText,
  encodePdu,
  PduParser,
} from '../src/transport/iscsi/index.ts';
import type { LoginResponsePdu, Pdu, RequestPdu } from '../src/transport/iscsi/index.ts';
import { NO_TAG } from '../src/transport/iscsi/pdu-spec.ts';
import type { Attempt } from './commands.ts';
import { IllFormed, type Coverage } from './coverage.ts';
import type { Found } from './parameter-lists.ts';
import { broken } from './pdus.ts';
import type { Random } from './random.ts';
import { reply } from './replies.ts';

/** A session as its initiator has it. */
export interface PeerSession {
  readonly initiatorName: string;
  readonly targetName: string;
  readonly isid: Uint8Array;
  /** Given by the target; 0: none yet. */
  tsih: number;
  cmdSn: number;
  tag: number;
  /** What runs, by tag. */
  readonly tasks: Map<number, Attempt>;
  readonly found: Found;
}

/** How a connection misbehaves. */
export interface Manners {
  /** The probability that a PDU is broken. */
  readonly breaking: number;
  /** The probability that a number or a tag is not the one that it has to be. */
  readonly erring: number;
  /** The probability that a digest is wrong. */
  readonly damaging: number;
}

/** A connection. */
export class Peer {
  readonly session: PeerSession;
  /** What it does of its own accord is drawn from this; what it answers, from another source. */
  readonly random: Random;
  readonly socket: Socket;
  /** Whether it keeps to the rules, so that the target has to. */
  readonly strict: boolean;
  /** What the target has answered to the keys of the login. */
  readonly agreed: Map<string, string> = new Map();
  /** How many PDUs were sent. */
  sent = 0;
  /** The status sequence number expected next. */
  expStatSn = 0;
  /** The last command number that the target takes now. */
  maxCmdSn = 0;
  /** How it misbehaves. */
  readonly manners: Manners;
  readonly #coverage: Coverage;
  readonly #parser = new PduParser({ maxDataSegmentLength: 0xff_ffff });
  readonly #reflex: Random;
  #digests = { header: false, data: false };
  #wake: (() => void) | undefined;
  #login: LoginResponsePdu | undefined;
  #pong: number | undefined;
  #fault: Error | undefined;

  constructor(
    port: number,
    session: PeerSession,
    random: Random,
    manners: Manners,
    coverage: Coverage,
  ) {
    this.session = session;
    this.random = random;
    this.#reflex = random.fork();
    this.manners = manners;
    this.strict = manners.breaking + manners.erring + manners.damaging === 0;
    this.#coverage = coverage;
    this.socket = connect({ host: '127.0.0.1', port, noDelay: true });
    this.socket.on('error', () => {});
    this.socket.on('close', () => this.#wake?.());
    this.socket.on('data', (chunk: Uint8Array) => this.#receive(chunk));
  }

  /** Waits until there is a connection; false: there will be none. */
  async connected(): Promise<boolean> {
    if (this.socket.connecting)
      await Promise.race([once(this.socket, 'connect'), once(this.socket, 'close')]).catch(
        () => {},
      );
    return !this.socket.destroyed;
  }

  /** Whether nothing more can be said. */
  get over(): boolean {
    return this.socket.destroyed || !this.socket.writable;
  }

  /** Sends a PDU, perhaps broken. */
  send(pdu: RequestPdu, random: Random = this.random): void {
    const bytes = encodePdu(pdu);
    this.write(random.chance(this.manners.breaking) ? broken(random, bytes) : bytes, random);
  }

  /** Sends the bytes of a PDU with the digests that were agreed. */
  write(bytes: Uint8Array, random: Random = this.random): void {
    this.sent++;
    if (this.over) return;
    const { header, data } = this.#digests;
    if (!header && !data) {
      this.socket.write(bytes);
      return;
    }
    const end = Math.min(bytes.length, 48 + (bytes[4] ?? 0) * 4);
    const parts = [bytes.subarray(0, end)];
    if (header) parts.push(this.#digest(bytes.subarray(0, end), random));
    if (bytes.length > end) parts.push(bytes.subarray(end));
    if (data && bytes.length > end) parts.push(this.#digest(bytes.subarray(end), random));
    this.socket.write(Buffer.concat(parts));
  }

  /** From now on PDUs carry digests. */
  useDigests(header: boolean, data: boolean): void {
    this.#digests = { header, data };
    this.#parser.configure({
      digests: { header: header ? crc32c : undefined, data: data ? crc32c : undefined },
    });
  }

  /** What it waits for, in words. */
  get state(): string {
    const { cmdSn, tasks, targetName } = this.session;
    const running = [...tasks].map(
      ([tag, { lun, cdb }]) => `${tag} LUN ${lun} ${Buffer.from(cdb).toString('hex')}`,
    );
    return `${targetName}, CmdSN ${cmdSn} of ${this.maxCmdSn}, running: ${running.join('; ')}`;
  }

  /** The number of the next command, perhaps another. */
  takeCmdSn(): number {
    const { session, random } = this;
    if (random.chance(this.manners.erring))
      return (
        random.pick([
          session.cmdSn + 1,
          session.cmdSn - 1,
          this.maxCmdSn,
          this.maxCmdSn + 1,
          session.cmdSn + 2 ** 31,
          random.int(2 ** 32),
        ]) >>> 0
      );
    const { cmdSn } = session;
    session.cmdSn = (cmdSn + 1) >>> 0;
    return cmdSn;
  }

  /** What has come is acknowledged, perhaps too early, or what has not. */
  ack(random: Random = this.random): number {
    if (!random.chance(this.manners.erring)) return this.expStatSn;
    return (this.expStatSn + random.pick([-1, 1, -8, 2 ** 31, random.int(2 ** 32)])) >>> 0;
  }

  /** A number that is right, or not. */
  nearly(right: number, random: Random = this.random): number {
    if (!random.chance(this.manners.erring)) return right;
    return (right + random.pick([1, -1, 512, 0x1_0000, 0x7fff_ffff])) >>> 0;
  }

  /** The answer to a login request; undefined: the connection has ended, or it is late. */
  async loginAnswer(milliseconds: number): Promise<LoginResponsePdu | undefined> {
    await this.#until(() => this.#login !== undefined, milliseconds);
    const answer = this.#login;
    this.#login = undefined;
    return answer;
  }

  /** Waits until no task is left that it knows of, for so long at most. */
  quiet(milliseconds: number): Promise<boolean> {
    return this.#until(() => this.session.tasks.size === 0, milliseconds);
  }

  /** Waits until the target takes one more command, for so long at most. */
  window(milliseconds: number): Promise<boolean> {
    return this.#until(() => ((this.maxCmdSn - this.session.cmdSn) | 0) >= 0, milliseconds);
  }

  /** Pings behind all that was sent; whether that is answered, or the connection ends. */
  async ping(milliseconds: number): Promise<boolean> {
    const { session } = this;
    const tag = session.tag++;
    this.send({
      kind: 'NOP-Out',
      immediate: false,
      lun: new Uint8Array(8),
      initiatorTaskTag: tag,
      targetTransferTag: NO_TAG,
      cmdSn: this.takeCmdSn(),
      expStatSn: this.expStatSn,
      data: new Uint8Array(0),
    });
    return this.#until(() => this.#pong === tag, milliseconds);
  }

  /**
   * Ends it, in order or not.
   *
   * @throws IllFormed - the target has said what is nothing.
   */
  end(): void {
    const { random, socket } = this;
    if (random.chance(0.3)) socket.resetAndDestroy();
    else if (random.chance(0.5)) socket.destroy();
    else socket.end(() => socket.destroy());
    if (this.#fault !== undefined) throw this.#fault;
  }

  /** Waits for something that is heard; true: it was, or the connection has ended. */
  async #until(done: () => boolean, milliseconds: number): Promise<boolean> {
    const timer = new AbortController();
    const late = delay(milliseconds, true, { signal: timer.signal }).catch(() => false);
    try {
      while (!done() && !this.socket.destroyed) {
        const heard = new Promise<false>((resolve) => {
          this.#wake = () => resolve(false);
        });
        if (await Promise.race([heard, late])) return false;
      }
      return true;
    } finally {
      timer.abort();
    }
  }

  #receive(chunk: Uint8Array): void {
    this.#parser.push(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length));
    try {
      for (let frame = this.#parser.next(); frame !== undefined; frame = this.#parser.next()) {
        if ('fault' in frame) throw new IllFormed(`the target sent a PDU with a ${frame.fault}`);
        const pdu = decodePdu(frame);
        if (pdu === undefined) throw new IllFormed('the target sent a PDU of no kind');
        this.#hear(pdu);
      }
    } catch (error) {
      this.#fault ??= error instanceof Error ? error : new Error(String(error));
      this.socket.destroy();
    }
    this.#wake?.();
  }

  #hear(pdu: Pdu): void {
    if ('maxCmdSn' in pdu) this.maxCmdSn = pdu.maxCmdSn;
    if (pdu.kind === 'Login Response') this.#loggedIn(pdu);
    else if (pdu.kind === 'NOP-In' && pdu.initiatorTaskTag !== NO_TAG)
      this.#pong = pdu.initiatorTaskTag;
    this.#coverage.add('PDUs heard', pdu.kind);
    reply(this, pdu, this.#reflex, this.#coverage);
  }

  #loggedIn(pdu: LoginResponsePdu): void {
    this.#login = pdu;
    const text = decodeText(pdu.data);
    if (!('fault' in text)) for (const [key, value] of text) this.agreed.set(key, value);
    if (pdu.statusClass !== 0 || !pdu.transit || pdu.nextStage !== 3) return;
    // What comes behind the last answer is of the full feature phase already.
    this.session.tsih = pdu.tsih;
    this.useDigests(
      this.agreed.get('HeaderDigest') === 'CRC32C',
      this.agreed.get('DataDigest') === 'CRC32C',
    );
  }

  #digest(bytes: Uint8Array, random: Random): Uint8Array {
    let crc = crc32c(bytes);
    if (random.chance(this.manners.damaging)) crc ^= 1 << random.int(32);
    return Uint8Array.of(crc, crc >>> 8, crc >>> 16, crc >>> 24);
  }
}
