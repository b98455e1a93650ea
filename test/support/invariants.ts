export { bookProblems, imbalances, stateProblems } from "@recourse/engine";
