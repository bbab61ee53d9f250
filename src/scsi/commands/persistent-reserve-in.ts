import {
  encodeFullStatus,
  encodeRegisteredKeys,
  encodeReservationCapabilities,
  encodeReservationReport,
} from '../../cdb/persistent-reserve-in-data.ts';
import {
  PERSISTENT_RESERVE_IN_10,
  type PersistentReserveIn,
} from '../../cdb/persistent-reserve-in.ts';
import { LU_SCOPE } from '../../cdb/reservation-type.ts';
import type { CommandSet } from '../command.ts';
import type { LogicalUnit } from '../logical-unit.ts';
import { isHolder, nexusId } from '../registration.ts';
import { good } from '../result.ts';
import { encodeTransportId, transportIdOf } from '../transport-id.ts';

/**
 * ALLOW COMMANDS: TEST UNIT READY gets past every persistent reservation, and those of write
 * exclusive types let MODE SENSE, READ DEFECT DATA, REPORT SUPPORTED OPERATION CODES… through.
 */
const ALLOW_COMMANDS = 3;

/** PERSISTENT RESERVE IN (SPC). */
export const persistentReserveIn: CommandSet<PersistentReserveIn> = {
  'PERSISTENT RESERVE IN, READ KEYS': {
    specs: [PERSISTENT_RESERVE_IN_10['READ KEYS']],
    reservation: 'persistent',
    passesAccessState: 'standby',
    run(_, { unit }) {
      const { generation, registrations } = unit.reservations.persistent.state;
      const keys = [...registrations.values()].map(({ key }) => key);
      return good(encodeRegisteredKeys({ generation, keys }));
    },
  },
  'PERSISTENT RESERVE IN, READ RESERVATION': {
    specs: [PERSISTENT_RESERVE_IN_10['READ RESERVATION']],
    reservation: 'persistent',
    passesAccessState: 'standby',
    run(_, { unit }) {
      const { generation, registrations, reservation } = unit.reservations.persistent.state;
      if (reservation === undefined) return good(encodeReservationReport({ generation }));
      const { type, holder } = reservation;
      // All registrants hold it: there is no one key to name.
      const key = holder === undefined ? 0n : (registrations.get(nexusId(holder))?.key ?? 0n);
      const report = { generation, reservation: { key, scope: LU_SCOPE, type } };
      return good(encodeReservationReport(report));
    },
  },
  'PERSISTENT RESERVE IN, REPORT CAPABILITIES': {
    specs: [PERSISTENT_RESERVE_IN_10['REPORT CAPABILITIES']],
    reservation: 'persistent',
    passesAccessState: 'standby',
    run: (_, { unit }) =>
      good(
        encodeReservationCapabilities({
          compatibleReservationHandling: true,
          specifyInitiatorPorts: true,
          allTargetPorts: true,
          persistThroughPowerLossCapable: unit.memory.durable,
          persistThroughPowerLossActivated: unit.reservations.persistent.state.aptpl,
          allowCommands: ALLOW_COMMANDS,
          typeMaskValid: true,
          writeExclusive: true,
          exclusiveAccess: true,
          writeExclusiveRegistrantsOnly: true,
          exclusiveAccessRegistrantsOnly: true,
          writeExclusiveAllRegistrants: true,
          exclusiveAccessAllRegistrants: true,
        }),
      ),
  },
  'PERSISTENT RESERVE IN, READ FULL STATUS': {
    specs: [PERSISTENT_RESERVE_IN_10['READ FULL STATUS']],
    reservation: 'persistent',
    passesAccessState: 'standby',
    run: (_, { unit }) => good(fullStatus(unit)),
  },
};

function fullStatus(unit: LogicalUnit): Uint8Array {
  const { state } = unit.reservations.persistent;
  const protocols = new Map(unit.ports.map((port) => [port.relativePortId, port.protocol]));
  const registrations = [...state.registrations.values()].map((registration) => {
    const { key, port, initiator } = registration;
    const holder = isHolder(state, registration);
    return {
      key,
      // ALL_TG_PT registers at every port; each of those is a registration of its own here.
      allTgPt: false,
      holder,
      scope: LU_SCOPE,
      type: holder ? (state.reservation?.type ?? 0) : 0,
      relativeTargetPortId: port,
      transportId: encodeTransportId(transportIdOf(initiator, protocols.get(port))),
    };
  });
  return encodeFullStatus({ generation: state.generation, registrations });
}
