// Where views find the choice of a file to push: the tray does the rest.

export { chooseFiles } from "../tray/drops.js";
