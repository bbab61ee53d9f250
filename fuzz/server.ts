/** The servers that are attacked, in one process: one as it comes, one with narrow limits. */
import { createDisk, createTarget } from '../src/index.ts';
import { IscsiServer, type IscsiServerOptions } from '../src/transport/iscsi/index.ts';
import { ATTACKED, CHAP, GOOD, PROVEN } from './names.ts';
import { fault, filled, tell } from './served.ts';
import { attackedUnits } from './units.ts';

/** Milliseconds between two changes. */
const CHANGES = 5000;
/** The LUN that goes and comes. */
const HOT = 6;

const common: IscsiServerOptions = {
  // Half-open connections are to go while it runs.
  loginTimeout: 1000,
  errorRecoveryLevel: 2,
  defaultTime2Retain: 1,
  headerDigest: 'prefer',
  dataDigest: 'prefer',
  maxConnections: 1200,
  log: ({ level, message, detail = '' }) => {
    if (level === 'error') fault(`${message}: ${detail}`);
  },
};

const target = createTarget(attackedUnits((error) => fault(`a unit: ${String(error)}`)));
const chap = { users: [CHAP.user], mutual: CHAP.target };

const usual = new IscsiServer(common);
usual.addTarget({
  name: GOOD,
  target: createTarget([createDisk({ backend: filled(2 ** 20), thin: false })]),
});
usual.addTarget({ name: ATTACKED, target });
usual.addTarget({ name: PROVEN, target, chap });

const narrow = new IscsiServer({
  ...common,
  discoveryChap: chap,
  commandWindow: 4,
  maxImmediateCommands: 2,
  maxRecvDataSegmentLength: 8192,
  maxBurstLength: 8192,
  firstBurstLength: 1024,
  maxOutstandingR2T: 2,
  initialR2T: true,
  maxTextBytes: 1024,
  maxLoginRounds: 6,
  maxRetainedBytes: 4096,
  maxDataOutBytes: 16_384,
  maxTotalDataOutBytes: 65_536,
  maxDataInBytes: 65_536,
  highWaterMark: 16_384,
  dataOutTimeout: 50,
  scsiEvents: true,
  nopInterval: 30,
  nopTimeout: 500,
  writeTimeout: 200,
  logoutTimeout: 100,
  closeTimeout: 200,
});
const other = createTarget(attackedUnits((error) => fault(`a unit: ${String(error)}`)));
narrow.addTarget({ name: ATTACKED, target: other });
const proven = { name: PROVEN, target: other, chap };
narrow.addTarget(proven);

/** The second server changes while it is attacked: a target that goes and comes, and a LUN. */
async function change(): Promise<void> {
  const unit = other.luns.remove(HOT);
  // Who is logged in is asked to log out, or is cut off.
  await narrow.removeTarget(PROVEN);
  narrow.addTarget(proven);
  if (unit !== undefined) other.luns.add(HOT, unit);
}
setInterval(() => {
  change().catch((error: unknown) => fault(`a change: ${String(error)}`));
}, CHANGES).unref();

await tell(usual, narrow);
