/** Which log pages a unit has, and what it says in them. */
import { APPLICATION_CLIENT, applicationClientParameters } from '../log/application-client.ts';
import { BACKGROUND_SCAN, backgroundScanParameters } from '../log/background-scan.ts';
import {
  ENVIRONMENTAL_REPORTING,
  environmentalParameters,
} from '../log/environmental-reporting.ts';
import {
  READ_ERROR_COUNTERS,
  VERIFY_ERROR_COUNTERS,
  WRITE_ERROR_COUNTERS,
  type ErrorCountersPage,
} from '../log/error-counters.ts';
import { GENERAL_STATISTICS } from '../log/general-statistics.ts';
import { INFORMATIONAL_EXCEPTIONS } from '../log/informational-exceptions.ts';
import { logParameters, type LogEncodeOptions, type LogPageSpec } from '../log/log-page-spec.ts';
import type { LogParameter } from '../log/log-page.ts';
import {
  LOGICAL_BLOCK_PROVISIONING,
  provisioningParameters,
} from '../log/logical-block-provisioning.ts';
import { POWER_CONDITION_TRANSITIONS } from '../log/power-condition-transitions.ts';
import {
  PROTOCOL_SPECIFIC_PORT,
  protocolSpecificPortParameters,
} from '../log/protocol-specific-port.ts';
import { SELF_TEST_RESULTS, selfTestParameters } from '../log/self-test-results.ts';
import { START_STOP_CYCLE_COUNTER } from '../log/start-stop-cycle-counter.ts';
import type { MaybePromise } from '../maybe-promise.ts';
import { TEMPERATURE } from '../log/temperature.ts';
import { NO_SENSE } from '../sense/codes.ts';
import { REFERENCE_TEMPERATURE } from './environment.ts';
import type { LogicalUnit } from './logical-unit.ts';
import { provisioningResources } from './provisioning-thresholds.ts';
import { ISCSI_PROTOCOL } from './target-port.ts';
import type { UnitCounts } from './unit-statistics.ts';

/** A log page of a unit. */
export interface UnitLogPage {
  /** PAGE CODE, 1 to 3Eh. */
  readonly pageCode: number;
  /** SUBPAGE CODE, 0 to FEh. */
  readonly subpage: number;
  /** Its parameters are counters, which LOG SELECT can reset; else PC is ignored. */
  readonly counters: boolean;
  /** Whether this unit has the page; absent: every unit has. */
  supported?(unit: LogicalUnit): boolean;
  /** The parameters, ascending in code. */
  parameters(unit: LogicalUnit, counts: UnitCounts): readonly LogParameter[];
  /** What LOG SELECT can change; absent: nothing but counters. */
  readonly written?: WrittenParameters;
}

/** Parameters that LOG SELECT can give values of their own. */
export interface WrittenParameters {
  /** Gives some of them new values, which have the right length. Settles when they are kept. */
  set(unit: LogicalUnit, values: ReadonlyMap<number, Uint8Array>): MaybePromise<void>;
  /** Gives all of them their default value. */
  reset(unit: LogicalUnit): MaybePromise<void>;
}

/** Nothing is kept over a power loss: TSD, and DS in the header. */
const NOT_SAVED: LogEncodeOptions = { targetSaveDisable: true };

const errorCounters = (
  spec: LogPageSpec<ErrorCountersPage>,
  page: (counts: UnitCounts) => ErrorCountersPage,
): UnitLogPage => ({
  pageCode: spec.pageCode,
  subpage: 0,
  counters: true,
  parameters: (_, counts) => logParameters(spec, page(counts), NOT_SAVED),
});

/** The ports whose transport has log values of its own. iSCSI has none, so its page would say nothing. */
const PORTS_WITH_PROTOCOL = ({ ports }: LogicalUnit) =>
  ports.flatMap(({ relativePortId, protocol }) =>
    protocol === undefined || protocol === ISCSI_PROTOCOL ? [] : [{ relativePortId, protocol }],
  );

/** The log pages of a direct-access block device, ascending, but for those that list the pages. */
export const LOG_PAGES: readonly UnitLogPage[] = [
  errorCounters(WRITE_ERROR_COUNTERS, ({ writeBytes, writeErrors }) => ({
    bytesProcessed: writeBytes,
    uncorrected: writeErrors,
  })),
  errorCounters(READ_ERROR_COUNTERS, ({ readBytes, readErrors }) => ({
    bytesProcessed: readBytes,
    uncorrected: readErrors,
  })),
  errorCounters(VERIFY_ERROR_COUNTERS, ({ verifyBytes, verifyErrors }) => ({
    bytesProcessed: verifyBytes,
    uncorrected: verifyErrors,
  })),
  {
    pageCode: LOGICAL_BLOCK_PROVISIONING,
    subpage: 0,
    counters: false,
    supported: ({ settings }) => settings.thresholdExponent > 0,
    parameters: ({ medium, settings }) => {
      const space = medium.backend.space?.() ?? { used: 0, available: 0 };
      const resources = provisioningResources(space, settings.thresholdExponent);
      return provisioningParameters(resources, NOT_SAVED);
    },
  },
  {
    pageCode: TEMPERATURE.pageCode,
    subpage: 0,
    counters: false,
    parameters: ({ environment }) => {
      const page = {
        temperature: environment.temperatureCode,
        referenceTemperature: REFERENCE_TEMPERATURE,
      };
      return logParameters(TEMPERATURE, page, NOT_SAVED);
    },
  },
  {
    pageCode: TEMPERATURE.pageCode,
    subpage: ENVIRONMENTAL_REPORTING,
    counters: false,
    parameters: ({ environment }) => environmentalParameters(environment.reports, NOT_SAVED),
  },
  {
    pageCode: START_STOP_CYCLE_COUNTER.pageCode,
    subpage: 0,
    counters: false,
    parameters: (unit) => {
      const { startStopCycles, loadUnloadCycles } = unit.statistics.total;
      const page = {
        accumulatedCycles: startStopCycles,
        ...(unit.settings.removable && { accumulatedLoadUnloads: loadUnloadCycles }),
      };
      return logParameters(START_STOP_CYCLE_COUNTER, page, NOT_SAVED);
    },
  },
  {
    pageCode: APPLICATION_CLIENT,
    subpage: 0,
    counters: false,
    parameters: ({ applicationLog }) =>
      applicationClientParameters(applicationLog.parameters, NOT_SAVED),
    written: {
      set: ({ applicationLog, memory }, values) => applicationLog.set(values, memory),
      reset: ({ applicationLog, memory }) => applicationLog.clear(memory),
    },
  },
  {
    pageCode: SELF_TEST_RESULTS,
    subpage: 0,
    counters: false,
    parameters: ({ selfTests }) => selfTestParameters(selfTests.results, NOT_SAVED),
  },
  {
    pageCode: BACKGROUND_SCAN,
    subpage: 0,
    counters: false,
    // There is no background scan: none active, none performed.
    parameters: ({ powerOnMinutes }) => {
      const status = {
        powerOnMinutes,
        status: 0,
        scansPerformed: 0,
        progress: 0,
        mediumScansPerformed: 0,
      };
      return backgroundScanParameters({ status, errors: [] }, NOT_SAVED);
    },
  },
  {
    pageCode: PROTOCOL_SPECIFIC_PORT,
    subpage: 0,
    counters: false,
    supported: (unit) => PORTS_WITH_PROTOCOL(unit).length > 0,
    parameters: (unit) => protocolSpecificPortParameters(PORTS_WITH_PROTOCOL(unit), NOT_SAVED),
  },
  {
    pageCode: GENERAL_STATISTICS.pageCode,
    subpage: 0,
    counters: true,
    // Times are not measured: a time interval of 0 seconds says that their counts mean nothing.
    parameters: ({ medium: { blockLength } }, counts) => {
      const { readCommands, writeCommands, readBytes, writeBytes } = counts;
      const page = {
        readCommands,
        writeCommands,
        blocksReceived: Math.floor(writeBytes / blockLength),
        blocksTransmitted: Math.floor(readBytes / blockLength),
        idleIntervals: 0,
        intervalExponent: 0,
        intervalInteger: 0,
      };
      return logParameters(GENERAL_STATISTICS, page, NOT_SAVED);
    },
  },
  {
    pageCode: POWER_CONDITION_TRANSITIONS.pageCode,
    subpage: 0,
    counters: false,
    parameters: ({ power }) =>
      logParameters(POWER_CONDITION_TRANSITIONS, power.transitions, NOT_SAVED),
  },
  {
    pageCode: INFORMATIONAL_EXCEPTIONS.pageCode,
    subpage: 0,
    counters: false,
    parameters: ({ exceptions, environment }) => {
      const { asc, ascq } = exceptions.condition ?? NO_SENSE;
      const page = { asc, ascq, temperature: environment.temperatureCode };
      return logParameters(INFORMATIONAL_EXCEPTIONS, page, NOT_SAVED);
    },
  },
];

/** The log pages that this unit has. */
export function logPagesOf(unit: LogicalUnit): readonly UnitLogPage[] {
  return LOG_PAGES.filter((page) => page.supported?.(unit) !== false);
}
