/** Version of this package; a test holds it equal to package.json. Plugins name a range of it under `core`. */
export const coreVersion = '0.1.0'
