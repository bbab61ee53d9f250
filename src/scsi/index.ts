/**
 * The device: targets, logical units, task sets, commands and their policy.
 *
 * @packageDocumentation
 */
export * from './asymmetric-access.ts';
export * from './aca.ts';
export * from './background-operation.ts';
export * from './bitmap-generation.ts';
export * from './clock.ts';
export * from './command-sets/sbc.ts';
export * from './command-sets/spc.ts';
export * from './command-priorities.ts';
export * from './command.ts';
export * from './defects.ts';
export * from './copy-operation.ts';
export * from './copy-operations.ts';
export * from './device-clock.ts';
export * from './error-history.ts';
export * from './identifying-information.ts';
export * from './identity.ts';
export * from './log-pages.ts';
export * from './logical-unit.ts';
export * from './lun-map.ts';
export * from './lun.ts';
export * from './medium-removal.ts';
export * from './medium.ts';
export * from './microcode.ts';
export * from './mode-parameters.ts';
export * from './mode-values.ts';
export * from './nexus.ts';
export * from './operation-plan.ts';
export * from './operation-work.ts';
export * from './persistent-reservations.ts';
export * from './power-conditions.ts';
export * from './protection.ts';
export * from './provisioning-thresholds.ts';
export * from './readiness.ts';
export * from './registration.ts';
export * from './reservation-policy.ts';
export * from './reservations.ts';
export * from './result.ts';
export * from './run-operation.ts';
export * from './self-tests.ts';
export * from './rod-tokens.ts';
export * from './status.ts';
export * from './stored-reservations.ts';
export * from './target-port.ts';
export * from './target.ts';
export * from './task-manager.ts';
export * from './task.ts';
export * from './transport-id.ts';
export * from './unit-attention.ts';
export * from './unit-buffers.ts';
export * from './unit-memory.ts';
export * from './unit-settings.ts';
export * from './unit-statistics.ts';
export * from '../backend/unit-store.ts';
