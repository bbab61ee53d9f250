/** The limits of a server, each with its default. */

/** What a user may set. */
export interface IscsiLimits {
  /** Milliseconds within which a login has to be complete; default 15 000. */
  readonly loginTimeout?: number;
  /** Most bytes of text keys in one round of a login or a text exchange; default 65 536. */
  readonly maxTextBytes?: number;
  /** Most requests of one login; default 32. */
  readonly maxLoginRounds?: number;
  /** Most bytes that a connection may send before its login is complete, headers included; default 131 072. */
  readonly maxLoginBytes?: number;
  /** Most requests of one text exchange, those for the rest of an answer apart; default 32. */
  readonly maxTextRounds?: number;
  /** Most TCP connections; default 1024. */
  readonly maxConnections?: number;
  /** Most connections that have not logged in yet; default 128. */
  readonly maxPendingLogins?: number;
  /** Most sessions; default 512. */
  readonly maxSessions?: number;
  /** Connections that a session may have (MaxConnections of RFC 7143), 1 to 65 535; default 4. */
  readonly maxConnectionsPerSession?: number;
  /**
   * The highest ErrorRecoveryLevel that is agreed to: 0 (default), the session begins anew; 1, damaged PDUs
   * are sent again; 2, the tasks of a connection that was lost go on by another one, too.
   */
  readonly errorRecoveryLevel?: 0 | 1 | 2;
  /**
   * Most seconds for which, at error recovery level 2, the tasks of a connection that was lost are kept after
   * DefaultTime2Wait (DefaultTime2Retain of RFC 7143), 0 to 3600; default 20.
   */
  readonly defaultTime2Retain?: number;
  /** Bytes of data-in that a session keeps until they are acknowledged, with error recovery; default 33 554 432. */
  readonly maxRetainedBytes?: number;
  /** The same of all sessions together; default 268 435 456. */
  readonly maxTotalRetainedBytes?: number;
  /** Milliseconds without a Data-Out PDU after which, with error recovery, it is asked for again; default 2000. */
  readonly dataOutTimeout?: number;
  /**
   * Milliseconds without a Data-Out PDU after which, without error recovery, a connection ends that a command
   * waits for data by; at most half as long again; default 30 000.
   */
  readonly writeTimeout?: number;
  /**
   * Milliseconds in which an initiator takes nothing of what waits for it, after which its connection ends; at
   * most half as long again; 0: never; default 120 000.
   */
  readonly readTimeout?: number;
  /** Commands that a session may have outstanding (the CmdSN window), 1 to 65 535; default 128. */
  readonly commandWindow?: number;
  /** Immediate commands that a session may have outstanding beyond the window; default 32. */
  readonly maxImmediateCommands?: number;
  /** MaxRecvDataSegmentLength that the target declares, 512 to 16 777 215 bytes; default 262 144. */
  readonly maxRecvDataSegmentLength?: number;
  /**
   * Most bytes of additional header segments of a PDU, 0 to 1020; default 256: a CDB of 260 bytes, the
   * longest that SAM allows, and the read length of a bidirectional command.
   */
  readonly maxAhsBytes?: number;
  /** MaxBurstLength that the target agrees to, in bytes; default 1 048 576. */
  readonly maxBurstLength?: number;
  /** FirstBurstLength that the target agrees to, in bytes; default 262 144. */
  readonly firstBurstLength?: number;
  /** R2Ts of a command at a time; default 8. */
  readonly maxOutstandingR2T?: number;
  /** Whether unsolicited Data-Out PDUs are refused (InitialR2T=Yes); default false. */
  readonly initialR2T?: boolean;
  /** Whether data may come with a command; default true. */
  readonly immediateData?: boolean;
  /** Bytes of data-out that a session may have in assembly; default 33 554 432. */
  readonly maxDataOutBytes?: number;
  /** Bytes of data-out that all sessions together may have in assembly; default 268 435 456. */
  readonly maxTotalDataOutBytes?: number;
  /**
   * Bytes of data-in of a session that may be under way, from the start of a command until the initiator has
   * taken them, before another command begins; default 67 108 864.
   */
  readonly maxDataInBytes?: number;
  /** The same of all sessions together; default 268 435 456. */
  readonly maxTotalDataInBytes?: number;
  /** Outgoing bytes at which a connection is not read any more until they have left; default 4 194 304. */
  readonly highWaterMark?: number;
  /**
   * Whether unit attention conditions are reported as they come (Asynchronous Message, SCSI event), not only
   * with the next command; default false: some initiators do not expect it.
   */
  readonly scsiEvents?: boolean;
  /** Milliseconds of silence after which the initiator is pinged; 0 (the default): never. */
  readonly nopInterval?: number;
  /** Milliseconds within which a ping has to be answered; default 10 000. */
  readonly nopTimeout?: number;
  /**
   * Milliseconds that a graceful close gives initiators to log out when it has asked them to; 0: they are
   * not asked; default 3000.
   */
  readonly logoutTimeout?: number;
  /** Milliseconds that a graceful close waits for running commands; default 10 000. */
  readonly closeTimeout?: number;
}

/** The limits with every default filled in. */
export type ResolvedLimits = Required<IscsiLimits>;

/**
 * Fills in the defaults.
 *
 * @throws RangeError - a limit is not an integer in its range.
 */
export function resolveLimits(limits: IscsiLimits): ResolvedLimits {
  const resolved: ResolvedLimits = {
    loginTimeout: integer('loginTimeout', limits.loginTimeout, 15_000),
    maxTextBytes: integer('maxTextBytes', limits.maxTextBytes, 65_536, 1024),
    maxLoginRounds: integer('maxLoginRounds', limits.maxLoginRounds, 32),
    maxLoginBytes: integer('maxLoginBytes', limits.maxLoginBytes, 131_072, 1024),
    maxTextRounds: integer('maxTextRounds', limits.maxTextRounds, 32),
    maxConnections: integer('maxConnections', limits.maxConnections, 1024),
    maxPendingLogins: integer('maxPendingLogins', limits.maxPendingLogins, 128),
    maxSessions: integer('maxSessions', limits.maxSessions, 512, 1, 65_535),
    maxConnectionsPerSession: integer(
      'maxConnectionsPerSession',
      limits.maxConnectionsPerSession,
      4,
      1,
      65_535,
    ),
    errorRecoveryLevel: integer(
      'errorRecoveryLevel',
      limits.errorRecoveryLevel,
      0,
      0,
      2,
    ) as ResolvedLimits['errorRecoveryLevel'],
    defaultTime2Retain: integer('defaultTime2Retain', limits.defaultTime2Retain, 20, 0, 3600),
    maxRetainedBytes: integer('maxRetainedBytes', limits.maxRetainedBytes, 33_554_432, 0),
    maxTotalRetainedBytes: integer(
      'maxTotalRetainedBytes',
      limits.maxTotalRetainedBytes,
      268_435_456,
      0,
    ),
    dataOutTimeout: integer('dataOutTimeout', limits.dataOutTimeout, 2000),
    writeTimeout: integer('writeTimeout', limits.writeTimeout, 30_000),
    readTimeout: integer('readTimeout', limits.readTimeout, 120_000, 0),
    commandWindow: integer('commandWindow', limits.commandWindow, 128, 1, 65_535),
    maxImmediateCommands: integer('maxImmediateCommands', limits.maxImmediateCommands, 32),
    maxRecvDataSegmentLength: segment('maxRecvDataSegmentLength', limits, 262_144),
    maxAhsBytes: integer('maxAhsBytes', limits.maxAhsBytes, 256, 0, 1020),
    maxBurstLength: segment('maxBurstLength', limits, 1_048_576),
    firstBurstLength: segment('firstBurstLength', limits, 262_144),
    maxOutstandingR2T: integer('maxOutstandingR2T', limits.maxOutstandingR2T, 8, 1, 65_535),
    initialR2T: limits.initialR2T ?? false,
    immediateData: limits.immediateData ?? true,
    maxDataOutBytes: integer('maxDataOutBytes', limits.maxDataOutBytes, 33_554_432),
    maxTotalDataOutBytes: integer('maxTotalDataOutBytes', limits.maxTotalDataOutBytes, 268_435_456),
    maxDataInBytes: integer('maxDataInBytes', limits.maxDataInBytes, 67_108_864),
    maxTotalDataInBytes: integer('maxTotalDataInBytes', limits.maxTotalDataInBytes, 268_435_456),
    highWaterMark: integer('highWaterMark', limits.highWaterMark, 4_194_304),
    scsiEvents: limits.scsiEvents ?? false,
    nopInterval: integer('nopInterval', limits.nopInterval, 0, 0),
    nopTimeout: integer('nopTimeout', limits.nopTimeout, 10_000),
    logoutTimeout: integer('logoutTimeout', limits.logoutTimeout, 3000, 0, 65_535_000),
    closeTimeout: integer('closeTimeout', limits.closeTimeout, 10_000, 0),
  };
  if (resolved.firstBurstLength > resolved.maxBurstLength)
    throw new RangeError('firstBurstLength: more than maxBurstLength');
  return resolved;
}

function segment(
  name: 'maxRecvDataSegmentLength' | 'maxBurstLength' | 'firstBurstLength',
  limits: IscsiLimits,
  usual: number,
): number {
  return integer(name, limits[name], usual, 512, 0xff_ffff);
}

/** An integer in its range, or the usual one. @throws RangeError - it is none. */
export function integer(
  name: string,
  value: number | undefined,
  usual: number,
  least: number = 1,
  most: number = 2 ** 31 - 1,
): number {
  const number = value ?? usual;
  if (!Number.isInteger(number) || number < least || number > most)
    throw new RangeError(`${name}: ${number} is not an integer from ${least} to ${most}`);
  return number;
}
