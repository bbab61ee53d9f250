/** A virtual machine without KVM, its disks on a target, its console read to the end. */
import { run } from '../programs.ts';
import type { Kernel } from './kernel.ts';

/** Plain emulation takes half a minute, on a busy machine minutes; a guest that hangs is ended here. */
const SECONDS = 600;

/** What a guest reported over its console. */
export interface Report {
  readonly passed: ReadonlySet<string>;
  readonly facts: ReadonlyMap<string, string>;
  /** The scenario came to its end. */
  readonly complete: boolean;
  /** All of the console and of QEMU's own words. */
  readonly console: string;
}

/** The devices of a guest that has `url` as a SCSI disk passed through by QEMU's own initiator. */
export function passedThrough(url: string): readonly string[] {
  const disk = ['-drive', `if=none,id=disk,format=raw,file=${url}`];
  return [...disk, '-device', 'virtio-scsi-pci', '-device', 'scsi-block,drive=disk'];
}

/** The devices of a guest that has a network, in which this machine's loopback is 10.0.2.2. */
export function networked(): readonly string[] {
  return ['-netdev', 'user,id=net', '-device', 'virtio-net-pci,netdev=net,romfile='];
}

/** Boots a kernel with devices, and waits until it powers off. */
export async function boot(
  kernel: Kernel,
  initramfs: string,
  devices: readonly string[],
): Promise<Report> {
  const machine = ['-accel', 'tcg', '-m', '512', '-no-reboot', '-nodefaults'];
  const terminal = ['-display', 'none', '-serial', 'stdio'];
  // Only panics on the console: other messages would come into the middle of the script's lines.
  const system = ['-kernel', kernel.image, '-initrd', initramfs];
  const options = ['-append', 'console=ttyS0 loglevel=1 panic=-1'];
  const args = [...machine, ...terminal, ...system, ...options, ...devices];
  const { stdout, stderr } = await run('qemu-system-x86_64', args, { seconds: SECONDS });
  const console = stdout.replaceAll('\r', '');
  const lines = console.split('\n');
  const after = (word: string): readonly string[] =>
    lines.filter((line) => line.startsWith(word)).map((line) => line.slice(word.length));
  const facts = after('FACT ').map((fact) => /^([^=]*)=(.*)$/.exec(fact)!);
  return {
    passed: new Set(after('PASS ')),
    facts: new Map(facts.map(([, name, value]) => [name!, value!.trim()])),
    complete: after('END ').length === 1,
    console: `${console}${stderr}`,
  };
}
