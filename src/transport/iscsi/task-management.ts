/** Task Management Function Requests (RFC 7143, 11.5 and 11.6; RFC 7144). */
import { isPromise } from '../../maybe-promise.ts';
import { decodeLun } from '../../scsi/lun.ts';
import type { TaskManagementFunction, TaskManagementResponse } from '../../scsi/task.ts';
import { LEVEL_OF_RFC_7144, TASK_MANAGEMENT, TASK_MANAGEMENT_RESULT } from './codes.ts';
import type { Connection } from './connection.ts';
import { decodePduAs } from './pdu.ts';
import type { TaskManagementRequestPdu } from './pdu-request.ts';
import type { PduFrame } from './pdu-spec.ts';
import { compareSn } from './session.ts';
import type { Session } from './session.ts';

/** iSCSI function codes to SAM's functions. */
const FUNCTIONS: Readonly<Record<number, TaskManagementFunction>> = {
  [TASK_MANAGEMENT.ABORT_TASK]: 'ABORT TASK',
  [TASK_MANAGEMENT.ABORT_TASK_SET]: 'ABORT TASK SET',
  [TASK_MANAGEMENT.CLEAR_ACA]: 'CLEAR ACA',
  [TASK_MANAGEMENT.CLEAR_TASK_SET]: 'CLEAR TASK SET',
  [TASK_MANAGEMENT.LOGICAL_UNIT_RESET]: 'LOGICAL UNIT RESET',
  [TASK_MANAGEMENT.TARGET_WARM_RESET]: 'TARGET RESET',
  [TASK_MANAGEMENT.TARGET_COLD_RESET]: 'TARGET RESET',
  [TASK_MANAGEMENT.QUERY_TASK]: 'QUERY TASK',
  [TASK_MANAGEMENT.QUERY_TASK_SET]: 'QUERY TASK SET',
  [TASK_MANAGEMENT.I_T_NEXUS_RESET]: 'I_T NEXUS RESET',
  [TASK_MANAGEMENT.QUERY_ASYNCHRONOUS_EVENT]: 'QUERY ASYNCHRONOUS EVENT',
};

const RESULTS: Readonly<Record<TaskManagementResponse, number>> = {
  'FUNCTION COMPLETE': TASK_MANAGEMENT_RESULT.COMPLETE,
  'FUNCTION SUCCEEDED': TASK_MANAGEMENT_RESULT.SUCCEEDED,
  'FUNCTION REJECTED': TASK_MANAGEMENT_RESULT.REJECTED,
  'INCORRECT LOGICAL UNIT NUMBER': TASK_MANAGEMENT_RESULT.LUN_DOES_NOT_EXIST,
  'TASK DOES NOT EXIST': TASK_MANAGEMENT_RESULT.TASK_DOES_NOT_EXIST,
};

/** Functions that end the commands of a unit which wait for their turn, too. */
const CLEARING: ReadonlySet<number> = new Set([
  TASK_MANAGEMENT.ABORT_TASK_SET,
  TASK_MANAGEMENT.CLEAR_TASK_SET,
  TASK_MANAGEMENT.LOGICAL_UNIT_RESET,
]);

/** Functions that end those of all units. */
const CLEARING_ALL: ReadonlySet<number> = new Set([
  TASK_MANAGEMENT.TARGET_WARM_RESET,
  TASK_MANAGEMENT.TARGET_COLD_RESET,
  TASK_MANAGEMENT.I_T_NEXUS_RESET,
]);

/** Serves a Task Management Function Request. */
export function manageTasks(connection: Connection, session: Session, frame: PduFrame): void {
  const pdu = decodePduAs('Task Management Request', frame);
  const { initiatorTaskTag } = pdu;
  const answer = (response: number, information = 0): void => {
    if (connection.closed) return;
    connection.send(
      { kind: 'Task Management Response', response, information, initiatorTaskTag },
      true,
    );
  };
  if (pdu.function === TASK_MANAGEMENT.TASK_REASSIGN) {
    reassign(connection, session, pdu, answer);
    return;
  }
  const known = resultWithoutTarget(connection, session, pdu);
  if (known !== undefined) {
    answer(known);
    return;
  }
  const requested = FUNCTIONS[pdu.function];
  if (requested === undefined || session.nexus === undefined) {
    answer(TASK_MANAGEMENT_RESULT.NOT_SUPPORTED);
    return;
  }
  const { nexus } = session;
  const lun = decodeLun(pdu.lun);
  const several = CLEARING.has(pdu.function) || CLEARING_ALL.has(pdu.function);
  if (CLEARING.has(pdu.function)) session.clearBefore(pdu.cmdSn, lun);
  else if (CLEARING_ALL.has(pdu.function)) session.clearBefore(pdu.cmdSn, undefined);
  const settle = (result: TaskManagementResponse): void => {
    const found = pdu.function === TASK_MANAGEMENT.QUERY_ASYNCHRONOUS_EVENT;
    answer(RESULTS[result], found ? nexus.asynchronousEvent(lun) : 0);
    if (pdu.function === TASK_MANAGEMENT.TARGET_COLD_RESET) {
      connection.output.flush();
      connection.host.dropSessions(session);
    }
  };
  // The answer says that no other response of these tasks comes any more, on whichever connection.
  const settleLast = (result: TaskManagementResponse): void =>
    several ? session.fence(connection, () => settle(result)) : settle(result);
  const result = nexus.manage({ function: requested, lun, tag: pdu.referencedTaskTag });
  if (isPromise(result))
    result.then(settleLast, (error: unknown) =>
      connection.destroy(`internal error: ${String(error)}`),
    );
  else settleLast(result);
}

/** What the session can answer by itself. */
function resultWithoutTarget(
  connection: Connection,
  session: Session,
  pdu: TaskManagementRequestPdu,
): number | undefined {
  if (
    pdu.function > TASK_MANAGEMENT.TASK_REASSIGN &&
    connection.parameters.protocolLevel < LEVEL_OF_RFC_7144
  )
    return TASK_MANAGEMENT_RESULT.NOT_SUPPORTED;
  if (pdu.function !== TASK_MANAGEMENT.ABORT_TASK) return undefined;
  const command = session.tasks.get(pdu.referencedTaskTag);
  const foreign = command !== undefined && command.lun !== decodeLun(pdu.lun);
  if (foreign) return TASK_MANAGEMENT_RESULT.TASK_DOES_NOT_EXIST;
  if (command?.delivered === true) return undefined;
  if (command !== undefined) {
    command.aborted = true;
    return TASK_MANAGEMENT_RESULT.COMPLETE;
  }
  // A command that is still on its way counts as received (RFC 7143, 11.6.1).
  const onItsWay =
    compareSn(pdu.refCmdSn, session.expCmdSn) >= 0 &&
    compareSn(pdu.refCmdSn, session.maxCmdSn) <= 0 &&
    compareSn(pdu.refCmdSn, pdu.cmdSn) < 0;
  if (!onItsWay) return TASK_MANAGEMENT_RESULT.TASK_DOES_NOT_EXIST;
  session.sequence(pdu.refCmdSn, () => {});
  return TASK_MANAGEMENT_RESULT.COMPLETE;
}

/** TASK REASSIGN (RFC 7143, 7.2.2): the answer comes before anything that follows from it. */
function reassign(
  connection: Connection,
  { lost }: Session,
  { referencedTaskTag, lun, expDataSn }: TaskManagementRequestPdu,
  answer: (response: number) => void,
): void {
  if (lost === undefined) {
    answer(TASK_MANAGEMENT_RESULT.REASSIGNMENT_NOT_SUPPORTED);
    return;
  }
  const state = lost.stateOf(referencedTaskTag, decodeLun(lun));
  if (state === 'free') {
    answer(TASK_MANAGEMENT_RESULT.COMPLETE);
    lost.adopt(connection, referencedTaskTag, expDataSn);
  } else
    answer(
      state === 'allegiant'
        ? TASK_MANAGEMENT_RESULT.TASK_STILL_ALLEGIANT
        : TASK_MANAGEMENT_RESULT.TASK_DOES_NOT_EXIST,
    );
}
