/** What stands behind the miniport in a test: it notes the requests, and answers as it is told. */
import {
  GOOD_STATUS,
  MiniportInitiator,
  responseDataLength,
  type StorageUnitParams,
  type StorageUnitStatus,
  type UnhintedRequest,
} from '../../../driver/index.ts';

export const PARAMS: StorageUnitParams = {
  guid: '4aba6f3a-2e26-4b8f-9c25-9eaf0f1e4cac',
  blockCount: 1024,
  blockLength: 512,
  productId: 'RawDisk',
  productRevisionLevel: '1.0',
  deviceType: 0,
  writeProtected: false,
  cacheSupported: false,
  unmapSupported: false,
  ejectDisabled: false,
  maxTransferLength: 65_536,
};

/** A miniport over a unit whose blocks each hold the low byte of their number. */
export function miniportOver(
  params: Partial<StorageUnitParams> = {},
  statuses: readonly StorageUnitStatus[] = [],
) {
  const requests: { readonly request: UnhintedRequest; readonly data: string }[] = [];
  const all = { ...PARAMS, ...params };
  const miniport = new MiniportInitiator(
    {
      params: all,
      transact(request, dataOut = new Uint8Array(0)) {
        const status = statuses[requests.length] ?? GOOD_STATUS;
        requests.push({ request, data: Buffer.from(dataOut).toString('hex') });
        const data = new Uint8Array(responseDataLength({ ...request, hint: 1n }, all.blockLength));
        if (request.kind === 'Read')
          for (let i = 0; i < request.blockCount; i++)
            data.fill(request.blockAddress + i, i * all.blockLength, (i + 1) * all.blockLength);
        return { status, data };
      },
      close: () => {},
    },
    { processId: 0x1234 },
  );
  const send = (cdb: readonly number[], dataInLength = 0, lun = 0) =>
    miniport.execute({ lun, cdb: Uint8Array.from(cdb), dataInLength });
  const sendOut = (cdb: readonly number[], dataOut: Uint8Array) =>
    miniport.execute({ lun: 0, cdb: Uint8Array.from(cdb), dataOut });
  return { miniport, requests, send, sendOut };
}

/** Key, codes and everything else of fixed sense data. */
export const SENSE = {
  writeProtected: '700007000000000a00000000270000000000',
  outOfRange: '700005000000000a00000000210000000000',
  invalidFieldInCdb: '700005000000000a00000000240000000000',
  invalidFieldInList: '700005000000000a00000000260000000000',
} as const;
