export { sweep } from "./flow";
