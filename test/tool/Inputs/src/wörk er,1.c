// Müller's 名前 and 😀 before the call
void work(void) { const char *name = "名前😀"; pthread_cancel(worker(name)); }
void tabs(void)	{	pthread_testcancel();	}
void wide(void) { call_with_a_long_name(first_argument_with_a_long_name, second_argument_with_a_long_name, third_argument_with_a_long_name, pthread_cancel(worker(name)), fourth_argument_with_a_long_name, last); }
