import { IMAGE } from './build.ts';

/** As a pod under the restricted profile: nothing writable but the state folder, no capability, no way to get one. */
const RESTRICTED = ['--read-only', '--cap-drop=all', '--security-opt=no-new-privileges', '--user=65532:65532'];

/**
 * The arguments of `podman` that run the image as a container of this name with this configuration. The limits are
 * given because without its capabilities a runtime inside another one may not raise them.
 */
export function containerOf(name: string, configFile: string, ...verb: readonly string[]): string[] {
  const limits = ['--ulimit', 'nofile=4096:4096', '--ulimit', 'nproc=4096:4096'];
  const mount = `${configFile}:/etc/weir/weir.yaml:ro`;
  const place = ['--network=host', '--log-driver=none', '--name', name, '-v', mount];
  return ['--runtime', 'runc', 'run', '--rm', ...RESTRICTED, ...limits, ...place, IMAGE, ...verb];
}
