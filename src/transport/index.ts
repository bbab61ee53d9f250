/**
 * Transports: how commands reach a target. The contract is `Nexus` with `Task` and `Response` (see
 * docs/writing-a-transport.md); here are the initiator's side of it and the loopback.
 *
 * @packageDocumentation
 */
export { joinChunks, totalLength, truncateChunks } from '../bytes.ts';
export { isPromise, type MaybePromise } from '../maybe-promise.ts';
export * from './disk-client.ts';
export * from './initiator.ts';
export * from './loopback.ts';
export * from './scsi-error.ts';
export type {
  Response,
  Task,
  TaskAttribute,
  TaskManagementFunction,
  TaskManagementRequest,
  TaskManagementResponse,
} from '../scsi/task.ts';
export { decodeLun, encodeLun } from '../scsi/lun.ts';
export { Nexus } from '../scsi/nexus.ts';
export { STATUS, type Status } from '../scsi/status.ts';
export { TargetPort, type TargetPortOptions } from '../scsi/target-port.ts';
