/** Which devices Windows has, by SetupAPI. */
import type { Koffi } from './win32.ts';

const DIGCF_PRESENT = 0x2;
const DIGCF_ALLCLASSES = 0x4;
const SPDRP_HARDWAREID = 0x1;
const SPDRP_PHYSICAL_DEVICE_OBJECT_NAME = 0xe;
/** SP_DEVINFO_DATA: its own length, class GUID, instance, and a word of Windows. */
const DEVINFO_LENGTH = 32;
/** Bytes for a property: hardware ids are a few short texts. */
const PROPERTY_LENGTH = 4096;
const INVALID_LIST = -1;

type Call = (...args: readonly unknown[]) => number;

/** The names of the physical device objects of all devices that are present and have a hardware id. */
export function deviceNames(koffi: Koffi, hardwareId: string): readonly string[] {
  const setup = koffi.load('setupapi.dll');
  const declare = (name: string, result: string, ...args: readonly string[]): Call =>
    setup.func(name, result, [...args]);
  const [BOOL, DWORD, LIST, POINTER] = ['int', 'uint32_t', 'intptr_t', 'void *'] as const;
  const getDevices = declare('SetupDiGetClassDevsW', LIST, POINTER, 'str16', POINTER, DWORD);
  const getDevice = declare('SetupDiEnumDeviceInfo', BOOL, LIST, DWORD, POINTER);
  const getProperty = declare(
    'SetupDiGetDeviceRegistryPropertyW',
    BOOL,
    LIST,
    POINTER,
    DWORD,
    POINTER,
    POINTER,
    DWORD,
    POINTER,
  );
  const destroy = declare('SetupDiDestroyDeviceInfoList', BOOL, LIST);

  const list = getDevices(null, null, null, DIGCF_PRESENT + DIGCF_ALLCLASSES);
  if (list === INVALID_LIST) return [];
  const device = new Uint8Array(DEVINFO_LENGTH);
  device[0] = DEVINFO_LENGTH;
  const texts = (property: number): readonly string[] => {
    const bytes = new Uint8Array(PROPERTY_LENGTH);
    const found = getProperty(list, device, property, null, bytes, PROPERTY_LENGTH, null);
    return found === 0 ? [] : textsOf(bytes);
  };
  const names: string[] = [];
  for (let i = 0; getDevice(list, i, device) !== 0; i++) {
    const ids = texts(SPDRP_HARDWAREID).map((id) => id.toLowerCase());
    const [name] = texts(SPDRP_PHYSICAL_DEVICE_OBJECT_NAME);
    if (name !== undefined && ids.includes(hardwareId.toLowerCase())) names.push(name);
  }
  destroy(list);
  return names;
}

/** The texts of a list that ends with an empty one. */
function textsOf(bytes: Uint8Array): readonly string[] {
  const all = Buffer.from(bytes.buffer).toString('utf16le').split('\0');
  const end = all.indexOf('');
  return end < 0 ? all : all.slice(0, end);
}
