/** Attacks that come through the login: sessions of one connection and of several. */
import { setTimeout as delay } from 'node:timers/promises';
import { act, command, logOut, manage, orderlyAct, text } from './acts.ts';
import type { Coverage } from './coverage.ts';
import { logIn, PATIENCE, Unanswered } from './logins.ts';
import { ATTACKED, PROVEN } from './names.ts';
import { Peer, type Manners, type PeerSession } from './peer.ts';
import type { Random } from './random.ts';

const ORDERLY: Manners = { breaking: 0, erring: 0, damaging: 0 };
const ERRANT: Manners = { breaking: 0.03, erring: 0.06, damaging: 0.02 };
const CARELESS: Manners = { breaking: 0, erring: 0.02, damaging: 0.01 };

const ABORT_TASK_SET = 2;
const TASK_REASSIGN = 8;
const REMOVE_FOR_RECOVERY = 2;

/** A name of few, so that what is remembered of those who were there stays the same. */
function newSession(random: Random): PeerSession {
  return {
    initiatorName: `iqn.2026-11.com.example:fuzz${random.int(8)}`,
    targetName: random.chance(0.25) ? PROVEN : ATTACKED,
    isid: Uint8Array.of(0x80, 0, 0, 0, 0, random.int(4)),
    tsih: 0,
    // Some are about to go round.
    cmdSn: random.chance(0.3) ? (0xffff_fff0 + random.int(32)) >>> 0 : random.int(2 ** 32),
    tag: 1,
    tasks: new Map(),
    found: { dataIn: new Map() },
  };
}

/** Some requests, then some more. */
async function batches(peer: Peer, acting: (peer: Peer) => void): Promise<void> {
  const { random } = peer;
  for (let left = 1 + random.int(8); left > 0 && !peer.over; left--) {
    for (let i = 1 + random.int(16); i > 0; i--) {
      if (!(await peer.window(peer.strict ? PATIENCE : 20)) && peer.strict)
        throw new Unanswered(`the window was not opened in ${PATIENCE / 1000} s: ${peer.state}`);
      acting(peer);
    }
    if (random.chance(0.3)) await peer.quiet(50);
    else await delay(0);
  }
}

/** One that keeps to the rules, whatever its commands are: it has to be answered. */
export async function orderly(random: Random, port: number, coverage: Coverage): Promise<number> {
  const peer = new Peer(port, newSession(random), random, ORDERLY, coverage);
  try {
    if (!(await peer.connected())) return 1;
    if (!(await logIn(peer, { connectionId: 0 }, coverage))) return peer.sent;
    await batches(peer, orderlyAct);
    if (!(await peer.window(PATIENCE)) || !(await peer.ping(PATIENCE)))
      throw new Unanswered(`a ping was not answered in ${PATIENCE / 1000} s: ${peer.state}`);
    coverage.add('sessions in order', peer.over ? 'ended by the target' : 'to the end');
    if (random.chance(0.3)) {
      logOut(peer, 0, 0);
      await peer.quiet(20);
    }
    return peer.sent;
  } finally {
    peer.end();
  }
}

/** One that does not. */
export async function errant(random: Random, port: number, coverage: Coverage): Promise<number> {
  const peer = new Peer(
    port,
    newSession(random),
    random,
    random.chance(0.5) ? ERRANT : CARELESS,
    coverage,
  );
  try {
    if (!(await peer.connected())) return 1;
    if (!(await logIn(peer, { connectionId: 0 }, coverage))) return peer.sent;
    await batches(peer, act);
    // Some fall silent, with tasks that wait for their data.
    if (random.chance(0.08)) await delay(300 + random.int(500));
    return peer.sent;
  } finally {
    peer.end();
  }
}

/** A session of several connections, which are lost, replaced and logged out while its tasks go on. */
export async function several(random: Random, port: number, coverage: Coverage): Promise<number> {
  const session = newSession(random);
  const peers: Peer[] = [];
  const join = async (connectionId: number): Promise<Peer | undefined> => {
    const peer = new Peer(port, session, random.fork(), CARELESS, coverage);
    peers.push(peer);
    if (!(await peer.connected())) return undefined;
    if (!(await logIn(peer, { connectionId }, coverage))) return undefined;
    if (peers.length > 1) coverage.add('full feature phases', 'joined');
    return peer;
  };
  try {
    const first = await join(0);
    if (first === undefined) return 1;
    for (let i = random.int(3); i > 0; i--) {
      const peer = (await join(1 + random.int(3))) ?? first;
      for (let acts = random.int(16); acts > 0; acts--) act(random.pick([peer, first]));
    }
    const lost = random.int(4);
    for (let acts = 4 + random.int(8); acts > 0; acts--) command(random.pick(peers));
    if (random.chance(0.5)) random.pick(peers).socket.destroy();
    // Another takes over, in place of one or beside it.
    const heir = await join(random.chance(0.6) ? 0 : lost);
    if (heir !== undefined) {
      if (random.chance(0.6)) logOut(heir, REMOVE_FOR_RECOVERY, 0);
      for (const tag of [...session.tasks.keys()].slice(-8)) manage(heir, TASK_REASSIGN, tag);
      if (random.chance(0.3)) manage(heir, ABORT_TASK_SET);
      await heir.quiet(50);
      for (let acts = random.int(8); acts > 0; acts--) act(heir);
    }
    return peers.reduce((sum, { sent }) => sum + sent, 0);
  } finally {
    for (const peer of peers) peer.end();
  }
}

/** Logs in by a name that is there already, in the midst of what it does. */
export async function reinstated(
  random: Random,
  port: number,
  coverage: Coverage,
): Promise<number> {
  const session = newSession(random);
  const peers: Peer[] = [];
  try {
    for (let i = 0; i < 3; i++) {
      const again = { ...session, tsih: 0, tasks: new Map(), tag: 1 };
      const peer = new Peer(port, again, random.fork(), CARELESS, coverage);
      peers.push(peer);
      if (!(await peer.connected())) break;
      if (!(await logIn(peer, { connectionId: 0 }, coverage))) break;
      coverage.add('full feature phases', 'by the same name');
      for (let acts = 4 + random.int(16); acts > 0; acts--) command(peer);
    }
    return peers.reduce((sum, { sent }) => sum + sent, 0);
  } finally {
    for (const peer of peers) peer.end();
  }
}

/** A discovery session that wants what is not for it, too. */
export async function discovery(random: Random, port: number, coverage: Coverage): Promise<number> {
  const peer = new Peer(port, newSession(random), random, CARELESS, coverage);
  try {
    if (!(await peer.connected())) return 1;
    const wishes = { connectionId: 0, discovery: true };
    if (!(await logIn(peer, wishes, coverage))) return peer.sent;
    await batches(peer, (one) => (random.chance(0.7) ? text(one) : act(one)));
    return peer.sent;
  } finally {
    peer.end();
  }
}
