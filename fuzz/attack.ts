/** One connection that does not behave. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { broken, login, request, type Numbers } from './pdus.ts';
import type { Random } from './random.ts';

/** A login as the rules have it was not answered: the server hangs. */
export class Unanswered extends Error {}

const PATIENCE_MS = 20_000;

/** Attacks once; gives the number of PDUs that were sent. */
export async function attack(random: Random, port: number): Promise<number> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  socket.on('error', () => {});
  socket.resume();
  try {
    await once(socket, 'connect');
    switch (random.int(20)) {
      case 0:
        return await slowly(random, socket);
      case 1: // Half-open: says nothing, or not all, and stays for a while.
        if (random.chance(0.5)) socket.write(login(random, false).subarray(0, random.int(200)));
        await delay(random.int(200));
        return 1;
      case 2:
        socket.write(random.bytes(random.int(512)));
        return 1;
      case 3:
      case 4:
      case 5:
        return await wildLogin(random, socket);
      default:
        return await session(random, socket);
    }
  } catch (error) {
    if (error instanceof Unanswered) throw error;
    return 1; // Refused: there are too many.
  } finally {
    if (random.chance(0.3)) socket.resetAndDestroy();
    else if (random.chance(0.5)) socket.destroy();
    else socket.end(() => socket.destroy());
  }
}

/** As many connections at once as somebody opens who means harm. */
export async function flood(port: number, count: number): Promise<number> {
  const sockets = Array.from({ length: count }, () => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.on('error', () => {});
    return socket;
  });
  await delay(500);
  for (const socket of sockets) socket.destroy();
  return count;
}

async function slowly(random: Random, socket: Socket): Promise<number> {
  const answer = answered(socket);
  answer.catch(() => {}); // It is looked at when all is sent.
  for (const byte of login(random, false)) {
    socket.write(Uint8Array.of(byte));
    if (random.chance(0.1)) await delay(0);
  }
  await answer;
  return 1;
}

async function wildLogin(random: Random, socket: Socket): Promise<number> {
  const count = 1 + random.int(4);
  for (let i = 0; i < count; i++) {
    const pdu = login(random, true);
    socket.write(random.chance(0.5) ? broken(random, pdu) : pdu);
  }
  await Promise.race([once(socket, 'data'), once(socket, 'close'), delay(random.int(50))]);
  return count;
}

async function session(random: Random, socket: Socket): Promise<number> {
  socket.write(login(random, false));
  await answered(socket);
  const numbers: Numbers = { cmdSn: 1, tag: 1 };
  let sent = 1;
  for (let batches = 1 + random.int(8); batches > 0 && socket.writable; batches--) {
    for (let i = 1 + random.int(16); i > 0; i--, sent++) {
      const pdu = request(random, numbers);
      socket.write(random.chance(0.08) ? broken(random, pdu) : pdu);
    }
    if (socket.writableNeedDrain)
      await Promise.race([once(socket, 'drain'), once(socket, 'close'), delay(1000)]);
    else await delay(0);
  }
  return sent;
}

/** Waits for an answer, or the end. */
async function answered(socket: Socket): Promise<void> {
  if (socket.destroyed) return;
  const timer = new AbortController();
  const tooLate = delay(PATIENCE_MS, true, { signal: timer.signal }).catch(() => false);
  const late = await Promise.race([
    once(socket, 'data').then(() => false),
    once(socket, 'close').then(() => false),
    tooLate,
  ]);
  timer.abort();
  if (late) throw new Unanswered(`a login was not answered in ${PATIENCE_MS / 1000} s`);
}
