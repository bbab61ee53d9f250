/** One attack: connections that do not behave. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Coverage } from './coverage.ts';
import { PATIENCE, Unanswered } from './logins.ts';
import { broken, login } from './pdus.ts';
import type { Random } from './random.ts';
import { discovery, errant, orderly, reinstated, several } from './sessions.ts';

/** Attacks once; gives the number of PDUs that were sent. */
export function attack(
  random: Random,
  ports: readonly number[],
  coverage: Coverage,
): Promise<number> {
  const port = random.pick(ports);
  const kind = random.int(40);
  coverage.add('attacks', kind < 9 ? 'login' : 'session');
  if (kind < 9) return logins(random, port, kind);
  if (kind < 18) return orderly(random, port, coverage);
  if (kind < 32) return errant(random, port, coverage);
  if (kind < 36) return several(random, port, coverage);
  if (kind < 38) return reinstated(random, port, coverage);
  return discovery(random, port, coverage);
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

async function logins(random: Random, port: number, kind: number): Promise<number> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  socket.on('error', () => {});
  socket.resume();
  try {
    await once(socket, 'connect');
    switch (kind) {
      case 0:
        return await slowly(random, socket);
      case 1: // Half-open: says nothing, or not all, and stays for a while.
        if (random.chance(0.5)) socket.write(login(random, false).subarray(0, random.int(200)));
        await delay(random.int(200));
        return 1;
      case 2:
        socket.write(random.bytes(random.int(512)));
        return 1;
      default:
        return await wildLogin(random, socket);
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

/** Waits for an answer, or the end. */
async function answered(socket: Socket): Promise<void> {
  if (socket.destroyed) return;
  const timer = new AbortController();
  const tooLate = delay(PATIENCE, true, { signal: timer.signal }).catch(() => false);
  const late = await Promise.race([
    once(socket, 'data').then(() => false),
    once(socket, 'close').then(() => false),
    tooLate,
  ]);
  timer.abort();
  if (late) throw new Unanswered(`a login was not answered in ${PATIENCE / 1000} s`);
}
