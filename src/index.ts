/**
 * The everyday names: make a disk, put it into a target, talk to it. What is more special has its
 * own subpath: `scsi-target/cdb`, `/sense`, `/vpd`, `/mode`, `/scsi`, `/transport`, `/iscsi`,
 * `/backend/*`, `/testing`.
 *
 * @packageDocumentation
 */
export type {
  Backend,
  BackendEvent,
  BackendFailure,
  Extent,
  Space,
  UnmapOptions,
  View,
  WriteOptions,
} from './backend/backend.ts';
export { BackendError } from './backend/backend.ts';
export { memoryBackend, type MemoryBackend, type MemoryBackendOptions } from './backend/memory.ts';
export { decodeCdb, encodeCdb, type Request } from './cdb/index.ts';
export { createDisk, type DiskOptions } from './create-disk.ts';
export { createTarget } from './create-target.ts';
export { isPromise, type MaybePromise } from './maybe-promise.ts';
export type { Clock } from './scsi/clock.ts';
export type { CommandObserver, EndedCommand } from './scsi/command-observer.ts';
export { sbc } from './scsi/command-sets/sbc.ts';
export { extend } from './scsi/command.ts';
export type { LogicalUnit } from './scsi/logical-unit.ts';
export { Target, type TargetOptions } from './scsi/target.ts';
export type { LogicalUnitOptions } from './scsi/unit-options.ts';
export { systemClock } from './system-clock.ts';
export { DiskClient, type DiskClientOptions } from './transport/disk-client.ts';
export { loopback, type Loopback, type LoopbackOptions } from './transport/loopback.ts';
export { ScsiError } from './transport/scsi-error.ts';
