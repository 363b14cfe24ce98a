-- discard_plans: every statement and function of this session is planned anew when it is next used.
discard plans;
