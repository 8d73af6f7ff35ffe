export { startSweeps, sweep } from "./flow";
