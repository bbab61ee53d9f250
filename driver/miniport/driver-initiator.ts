/** WinSpd's driver as an initiator: commands go to a disk past Windows' own disk driver. */
import type { CommandOutcome, Initiator, InitiatorCommand } from '../../src/transport/initiator.ts';
import type { Miniport } from '../device/miniport.ts';

/** Which device of an adapter. */
export interface DeviceAddress {
  /** SCSI bus: WinSpd has bus 0 alone. */
  readonly bus: number;
  /** Target: each unit of WinSpd is one. */
  readonly target: number;
}

/**
 * An {@link Initiator} to the units of one target, through the driver. On the handle of a disk
 * (`\\\\.\\PhysicalDrive1`) the address does not matter.
 *
 * @param miniport - `close` of the initiator closes it.
 *
 * @example
 * ```ts
 * const initiator = driverInitiator(await openMiniport(), { bus: 0, target: 0 });
 * await new DiskClient(initiator, 0).inquiry();
 * await initiator.close();
 * ```
 */
export function driverInitiator(
  miniport: Pick<Miniport, 'execute' | 'close'>,
  { bus, target }: DeviceAddress,
): Initiator {
  return {
    async execute({ lun, ...command }: InitiatorCommand): Promise<CommandOutcome> {
      const btl = (bus << 16) | (target << 8) | lun;
      const { status, data, moved, sense } = await miniport.execute(btl, command);
      const wanted = command.dataOut?.length ?? command.dataInLength ?? 0;
      const residual = wanted - moved;
      return { status, dataIn: data, residual, ...(sense.length > 0 && { sense }) };
    },
    close: () => miniport.close(),
  };
}
