// </script><script>alert(1)</script> & "quotes" 'and' <!-- ]]> %0A ::error::
static const char *text = "</style></pre><img src=x onerror=alert(1)>"; /* </textarea>
   ]]> &amp; &#0; */ int x = 'a' < 'b' && text[0] > 0; // %25
#define CANCEL(t) pthread_cancel(t)
void f(void) { CANCEL(</script>); }
